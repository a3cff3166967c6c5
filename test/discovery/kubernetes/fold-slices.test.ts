import test from 'ava';
import fc from 'fast-check';
import { formatIp } from '../../../src/address/ip.ts';
import { type FoldRules, foldSlices } from '../../../src/discovery/kubernetes/fold-slices.ts';
import { readSlice, type Slice } from '../../../src/discovery/kubernetes/slice.ts';
import { NAMESPACE, SERVICE, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';

const RULES: FoldRules = { port: { by: 'name', name: 'http' }, family: 'auto', firstFamily: null };
const v6 = { addressType: 'IPv6' };

function made(name: string, endpoints: unknown, more: object = {}): Slice {
  return readSlice(slice(name, endpoints, more), { namespace: NAMESPACE, services: new Set([SERVICE]) })!;
}

const plain = (name: string, ...addresses: string[]) =>
  made(
    name,
    addresses.map((address) => sliceEndpoint(address)),
  );

/** One pod in a slice of its own for each address. */
function pod(uid: string, ...addresses: string[]): Slice[] {
  return addresses.map((address) =>
    made(
      `${uid}-${address}`,
      [sliceEndpoint(address, { targetRef: { uid } })],
      address.includes(':') ? v6 : {},
    ),
  );
}

const texts = (slices: readonly Slice[], rules: Partial<FoldRules> = {}) =>
  foldSlices(slices, { ...RULES, ...rules }).endpoints.map(({ text }) => text);

const addresses = (slices: readonly Slice[], rules: Partial<FoldRules> = {}) =>
  foldSlices(slices, { ...RULES, ...rules }).addresses.map((ip) => formatIp(ip));

test('S6: all slices of a Service count, whichever came last', (t) => {
  const both = [plain('b', '10.0.0.2'), plain('a', '10.0.0.1', '10.0.0.3')];
  const expected = ['10.0.0.1:8080', '10.0.0.2:8080', '10.0.0.3:8080'];
  t.deepEqual(texts(both), expected);
  t.deepEqual(texts(both.toReversed()), expected);
});

test('E4: the port is joined by its name, and each slice has a number of its own', (t) => {
  const other = made('b', [sliceEndpoint('10.0.0.2')], { ports: [{ name: 'http', port: 9090 }] });
  t.deepEqual(texts([plain('a', '10.0.0.1'), other]), ['10.0.0.1:8080', '10.0.0.2:9090']);
});

test('E4: a slice without the port has no endpoints for it', (t) => {
  const other = made('b', [sliceEndpoint('10.0.0.2')], { ports: [{ name: 'metrics', port: 8080 }] });
  const none = made('c', [sliceEndpoint('10.0.0.3')], { ports: null });
  t.deepEqual(texts([other, none]), []);
  t.deepEqual(addresses([other, none]), []);
});

test('E4: the only port of a Service has the empty name', (t) => {
  const unnamed = made('a', [sliceEndpoint('10.0.0.1')], { ports: [{ name: '', port: 8080 }] });
  t.deepEqual(texts([unnamed], { port: { by: 'name', name: '' } }), ['10.0.0.1:8080']);
});

test('a number without a Service is the own port of the slices, whatever its name', (t) => {
  const ports = [
    { name: 'a', port: 8080 },
    { name: 'b', port: 8080 },
    { name: 'c', port: 9090 },
  ];
  t.deepEqual(
    texts([made('a', [sliceEndpoint('10.0.0.1')], { ports })], { port: { by: 'number', port: 8080 } }),
    ['10.0.0.1:8080'],
  );
});

test('E5: of two that have one address, the one that does not terminate wins, in either order', (t) => {
  const old = made('a', [sliceEndpoint('10.0.0.1', { conditions: { ready: false, terminating: true } })]);
  const fresh = made('b', [sliceEndpoint('10.0.0.1', { nodeName: 'fresh' })]);
  const renamed = { ...fresh, name: '0' };
  for (const slices of [
    [old, fresh],
    [old, renamed],
  ]) {
    const { endpoints } = foldSlices(slices, RULES);
    t.is(endpoints.length, 1);
    t.is(endpoints[0]!.node, 'fresh');
    t.false(endpoints[0]!.terminating);
  }
});

test('E5: a later one that does not terminate replaces an earlier one', (t) => {
  const [first, second] = ['a', 'b'].map((node) =>
    made(node, [sliceEndpoint('10.0.0.1', { nodeName: node })]),
  );
  t.is(foldSlices([first!, second!], RULES).endpoints[0]!.node, 'b');
});

test('E6: endpoints are sorted by their text', (t) => {
  t.deepEqual(texts([plain('a', '10.0.0.9', '10.0.0.10', '9.0.0.1')]), [
    '10.0.0.10:8080',
    '10.0.0.9:8080',
    '9.0.0.1:8080',
  ]);
});

test('E8: an endpoint that is ready and terminating is reported as both', (t) => {
  const both = { conditions: { ready: true, serving: true, terminating: true } };
  const [endpoint] = foldSlices([made('a', [sliceEndpoint('10.0.0.1', both)])], RULES).endpoints;
  t.true(endpoint!.ready && endpoint!.serving && endpoint!.terminating);
});

test('E9: terminating and unready endpoints are kept; the policy decides', (t) => {
  const conditions = { ready: false, serving: false, terminating: true };
  const slices = [made('a', [sliceEndpoint('10.0.0.1', { conditions })])];
  t.is(foldSlices(slices, RULES).endpoints.length, 1);
});

test('P11: a pod of two families is one endpoint: of the first family of the Service, else IPv4', (t) => {
  const slices = [...pod('p1', '10.0.0.1', 'fd00::1'), ...pod('p2', 'fd00::2', '10.0.0.2')];
  t.deepEqual(texts(slices), ['10.0.0.1:8080', '10.0.0.2:8080']);
  t.deepEqual(texts(slices, { firstFamily: 4 }), ['10.0.0.1:8080', '10.0.0.2:8080']);
  t.deepEqual(texts(slices, { firstFamily: 6 }), ['[fd00::1]:8080', '[fd00::2]:8080']);
});

test('P11: where a pod lacks the preferred family, auto takes what it has', (t) => {
  const slices = [...pod('p1', '10.0.0.1', 'fd00::1'), ...pod('p2', 'fd00::2'), ...pod('p3', '10.0.0.3')];
  t.deepEqual(texts(slices), ['10.0.0.1:8080', '10.0.0.3:8080', '[fd00::2]:8080']);
  t.deepEqual(texts(slices, { firstFamily: 6 }), ['10.0.0.3:8080', '[fd00::1]:8080', '[fd00::2]:8080']);
});

test('P11: a family that was asked for is the only one', (t) => {
  const slices = [...pod('p1', '10.0.0.1', 'fd00::1'), ...pod('p2', 'fd00::2'), ...pod('p3', '10.0.0.3')];
  t.deepEqual(texts(slices, { family: 4, firstFamily: 6 }), ['10.0.0.1:8080', '10.0.0.3:8080']);
  t.deepEqual(texts(slices, { family: 6, firstFamily: 4 }), ['[fd00::1]:8080', '[fd00::2]:8080']);
});

test('P11: where both families are wanted, a pod is an endpoint for each of its addresses', (t) => {
  const slices = [...pod('p1', '10.0.0.1', 'fd00::1'), ...pod('p2', 'fd00::2')];
  t.deepEqual(texts(slices, { family: 'both', firstFamily: 6 }), [
    '10.0.0.1:8080',
    '[fd00::1]:8080',
    '[fd00::2]:8080',
  ]);
});

test('P11: endpoints of which no pod is known are each their own', (t) => {
  const slices = [plain('a', '10.0.0.1'), made('b', [sliceEndpoint('fd00::1')], v6)];
  t.deepEqual(texts(slices), ['10.0.0.1:8080', '[fd00::1]:8080']);
});

test('the addresses are those of both families, each once, whatever family is dialed', (t) => {
  const slices = [...pod('p1', '10.0.0.1', 'fd00::1'), plain('z', '10.0.0.1')];
  for (const family of ['auto', 4, 6] as const)
    t.deepEqual(addresses(slices, { family }), ['10.0.0.1', 'fd00::1']);
});

test('where no port is asked for, every address counts, and there is nothing to dial', (t) => {
  const slices = [plain('a', '10.0.0.1'), made('b', [sliceEndpoint('10.0.0.2')], { ports: null })];
  t.deepEqual(addresses(slices, { port: { by: 'any' } }), ['10.0.0.1', '10.0.0.2']);
  t.deepEqual(texts(slices, { port: { by: 'any' } }), []);
});

// CPU time, because the machine may be busy.
test.serial('100,000 endpoints are folded within two seconds', (t) => {
  const slices = Array.from({ length: 100 }, (_, at) =>
    plain(`web-${at}`, ...Array.from({ length: 1000 }, (_, n) => `10.${at}.${n >> 8}.${n & 255}`)),
  );
  const startedAt = process.cpuUsage();
  t.is(foldSlices(slices, RULES).endpoints.length, 100_000);
  const { user, system } = process.cpuUsage(startedAt);
  t.true(user + system < 2_000_000);
});

test('whatever the order of the slices, the answer is the same, sorted, and each endpoint once', (t) => {
  const conditions = fc.record({ ready: fc.boolean(), serving: fc.boolean(), terminating: fc.boolean() });
  const endpoint = fc
    .record({ at: fc.integer({ min: 1, max: 6 }), uid: fc.constantFrom('a', 'b', undefined), conditions })
    .map(({ at, uid, conditions }) => sliceEndpoint(`10.0.0.${at}`, { conditions, targetRef: { uid } }));
  const slices = fc
    .array(fc.array(endpoint, { maxLength: 5 }), { maxLength: 5 })
    .map((all) => all.map((endpoints, at) => made(`web-${at}`, endpoints)));
  fc.assert(
    fc.property(slices, fc.infiniteStream(fc.nat()), (all, order) => {
      const shuffled = all
        .map((each) => ({ each, at: order.next().value }))
        .sort((a, b) => a.at - b.at)
        .map(({ each }) => each);
      const { endpoints } = foldSlices(all, RULES);
      t.deepEqual(foldSlices(shuffled, RULES).endpoints, endpoints);
      const found = endpoints.map(({ text }) => text);
      t.deepEqual(found, [...new Set(found)].sort());
      const given = new Set(all.flatMap(({ endpoints }) => endpoints.map(({ ipText }) => `${ipText}:8080`)));
      t.deepEqual(found, [...given].sort());
    }),
  );
});
