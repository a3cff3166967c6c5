import test from 'ava';
import fc from 'fast-check';
import { type Claim, isEntitled, resolveClaims } from '../../../src/controller/translate/claim.ts';
import { type WrittenWorld, worldOf } from '../golden-world.ts';

function claim(object: string, more: Partial<Claim> = {}): Claim {
  const [kind = '', full = ''] = object.split(' ');
  const [namespace = '', name = ''] = full.split('/');
  const port = more.port ?? 443;
  return {
    name: `${full}:${port}`,
    object: `${object}:${port}`,
    ref: { apiVersion: 'v1', kind, namespace, name, uid: `uid-${full}` },
    namespace,
    createdMs: 1000,
    port,
    address: null,
    ...more,
  };
}

function judge(claims: readonly Claim[], written: WrittenWorld = {}): string[] {
  const verdicts = resolveClaims(claims, worldOf(written).place);
  return claims.map((each) => {
    const verdict = verdicts.get(each)!;
    return verdict.is === 'granted' ? 'granted' : verdict.reason;
  });
}

test('G2: of claims on one port the oldest has it, then namespace/name and kind decide', (t) => {
  const old = claim('Service shop/old');
  t.deepEqual(judge([claim('Service bank/a', { createdMs: 1001 }), old]), ['PortConflict', 'granted']);
  t.deepEqual(judge([claim('Service shop/p'), old]), ['PortConflict', 'granted']);
  t.deepEqual(judge([claim('Service shop/old'), claim('Gateway shop/old')]), ['PortConflict', 'granted']);
  t.deepEqual(judge([claim('Service bank/a', { createdMs: 0 }), old]), ['PortConflict', 'granted']);
});

test('G2: claims on different addresses, or ports, do not meet; one on every address meets all', (t) => {
  const first = claim('Gateway shop/a', { address: '10.0.0.1' });
  const second = claim('Gateway shop/b', { address: '10.0.0.2' });
  const every = claim('Service shop/c');
  t.deepEqual(judge([first, second, claim('Service shop/d', { port: 80 })]), [
    'granted',
    'granted',
    'granted',
  ]);
  t.deepEqual(judge([first, second, every]), ['granted', 'granted', 'PortConflict']);
  t.deepEqual(judge([{ ...every, createdMs: 1 }, first, second]), [
    'granted',
    'PortConflict',
    'PortConflict',
  ]);
});

test('G2: a claim that is refused is in nobody’s way, but one that could not be opened is', (t) => {
  const first = claim('Gateway shop/a', { address: '10.0.0.1' });
  const every = claim('Service shop/b', { createdMs: 1001 });
  const last = claim('Gateway shop/c', { address: '10.0.0.2', createdMs: 1002 });
  t.deepEqual(judge([first, every, last]), ['granted', 'PortConflict', 'granted']);
  const held = judge([claim('Service shop/a'), claim('Service bank/b', { createdMs: 2000 })], {
    heldPorts: { 443: 'bank' },
  });
  t.deepEqual(held, ['PortConflict', 'granted']);
  const failed = judge([claim('Service shop/a'), claim('Service bank/b')].reverse(), {
    failures: { 'bank/b:443': 'port 443 is in use' },
  });
  t.deepEqual(failed, ['PortUnavailable', 'PortConflict']);
});

test('G4: what the operator forbids comes first', (t) => {
  const written = { ports: [80, 443], reservedPorts: { 443: 'it is mine' }, heldPorts: { 443: 'bank' } };
  const { ports, ...others } = written;
  const claims = [claim('Service shop/a'), claim('Service shop/a', { port: 22 })];
  t.deepEqual(judge(claims, { options: { ports }, ...others }), ['PortReserved', 'PortNotAllowed']);
});

/** Claims of a few objects on a few ports, so that they meet. */
const claims = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom('Service', 'Gateway'),
    full: fc.constantFrom('a/a', 'a/b', 'b/a', 'b/b', 'c/a'),
    port: fc.constantFrom(22, 80, 443, 6443, 8443, 30_000),
    address: fc.constantFrom(null, '10.0.0.1', '10.0.0.2', 'fd00::1'),
    createdMs: fc.constantFrom(0, 1, 2),
  }),
  { maxLength: 25, selector: ({ kind, full, port, address }) => `${kind} ${full} ${port} ${address}` },
);
const places = fc.record({
  heldPorts: fc.dictionary(fc.constantFrom('80', '443'), fc.constantFrom('a', 'b', 'z')),
  reservedPorts: fc.dictionary(fc.constantFrom('6443', '8443'), fc.constant('it is reserved')),
  failures: fc.dictionary(fc.constantFrom('a/a:443', 'b/b:80'), fc.constant('it is in use')),
});

test('G2, G4: at most one claim has an address and port, within --ports, not reserved, and held for nobody else', (t) => {
  fc.assert(
    fc.property(claims, places, (written, place) => {
      const all = written.map(({ kind, full, ...more }) => claim(`${kind} ${full}`, more));
      const verdicts = resolveClaims(all, worldOf(place).place);
      t.is(verdicts.size, all.length);
      const holders = all.filter((each) => isEntitled(verdicts.get(each)));
      for (const [at, one] of holders.entries()) {
        t.true([80, 443].includes(one.port) || (one.port >= 1024 && one.port <= 29_999));
        t.false(Object.hasOwn(place.reservedPorts, one.port));
        t.true((place.heldPorts[one.port] ?? one.namespace) === one.namespace);
        const meets = (other: Claim) =>
          other.port === one.port &&
          (other.address === null || one.address === null || other.address === one.address);
        t.false(holders.slice(at + 1).some(meets));
      }
      // Whoever is in conflict is so with somebody who has the port.
      for (const each of all) {
        const verdict = verdicts.get(each);
        if (verdict?.is !== 'refused' || verdict.reason !== 'PortConflict') continue;
        t.true(holders.some(({ port }) => port === each.port));
      }
    }),
  );
});

test('G2: two claims of different objects are judged alike in any order', (t) => {
  const shuffled = claims.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(shuffled, places, ([one, other], place) => {
      const judged = (written: typeof one) => {
        // Of one object on one port there is one claim: within an object order matters.
        const all = written
          .filter(({ address }) => address === null)
          .map(({ kind, full, ...more }) => claim(`${kind} ${full}`, more));
        const verdicts = resolveClaims(all, worldOf(place).place);
        return all
          .map((each) => [each.object, verdicts.get(each)] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1));
      };
      t.deepEqual(judged(one), judged(other));
    }),
  );
});
