import test from 'ava';
import fc from 'fast-check';
import { type ParsedAddress, parseAddress } from '../../src/address/socket-address.ts';
import type { ListenName } from '../../src/config/config.ts';
import { checkListeners } from '../../src/config/config-checks.ts';
import { isLoopback, leadsTo, SocketIndex, sameSocket } from '../../src/config/same-socket.ts';
import type { ListenerDraft } from '../../src/config/setting.ts';

function at(text: string): ParsedAddress {
  const address = parseAddress(text);
  if ('problem' in address) throw new Error(address.problem);
  return address;
}

for (const [one, other, same] of [
  ['127.0.0.1:80', '127.0.0.1:80', true],
  ['127.0.0.1:80', '127.0.0.1:81', false],
  ['127.0.0.1:80', '127.0.0.2:80', false],
  ['127.0.0.1:0', '127.0.0.1:0', false],
  [':0', ':0', false],
  [':80', ':80', true],
  [':80', '127.0.0.1:80', true],
  [':80', '[::1]:80', true],
  ['0.0.0.0:80', '127.0.0.1:80', true],
  ['0.0.0.0:80', '[::1]:80', false],
  ['[::]:80', '[::1]:80', true],
  ['[::]:80', '127.0.0.1:80', false],
  ['unix:/a', 'unix:/a', true],
  ['unix:/a', 'unix:/b', false],
  ['unix:/a', ':80', false],
] as const) {
  test(`${one} and ${other} ${same ? 'meet' : 'do not meet'}`, (t) => {
    t.is(sameSocket(at(one), at(other)), same);
    t.is(sameSocket(at(other), at(one)), same);
  });
}

for (const [endpoint, listen, leads] of [
  ['127.0.0.1:80', '127.0.0.1:80', true],
  ['127.0.0.1:80', ':80', true],
  ['127.0.0.1:80', '0.0.0.0:80', true],
  ['0.0.0.0:80', ':80', true],
  ['10.0.0.1:80', ':80', false],
  ['10.0.0.1:80', '10.0.0.1:80', true],
  ['10.0.0.2:80', '10.0.0.1:80', false],
  ['127.0.0.1:81', ':80', false],
  ['127.0.0.1:80', '127.0.0.1:0', false],
  ['unix:/a', 'unix:/a', true],
  ['unix:/a', ':80', false],
] as const) {
  test(`${endpoint} ${leads ? 'leads' : 'does not lead'} to ${listen}`, (t) => {
    t.is(leadsTo(at(endpoint), at(listen)), leads);
  });
}

test('a socket of systemd meets only one of its own name, and nothing is known to lead to it', (t) => {
  const web = { kind: 'systemd', name: 'web' } as const;
  t.true(sameSocket(web, { ...web }));
  for (const other of [{ ...web, name: 'mail' }, at(':80'), at('unix:/a')]) {
    t.false(sameSocket(web, other));
    t.false(sameSocket(other, web));
  }
  t.false(leadsTo(at('127.0.0.1:80'), web));
  t.false(leadsTo(at('unix:/a'), web));
});

for (const [text, loopback] of [
  ['127.0.0.1:1', true],
  ['127.255.0.1:1', true],
  ['128.0.0.1:1', false],
  ['[::1]:1', true],
  ['[::2]:1', false],
  ['[::]:1', false],
  ['[100::1]:1', false],
] as const) {
  test(`${text} is ${loopback ? '' : 'not '}of loopback`, (t) => {
    const address = at(text);
    t.is(address.kind === 'tcp' && isLoopback(address.ip!), loopback);
  });
}

const ips = fc.constantFrom(
  null,
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.of(127, 0, 0, 1),
  Uint8Array.of(10, 0, 0, 1),
  new Uint8Array(16),
  Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? 1 : 0)),
);
const addresses: fc.Arbitrary<ListenName> = fc.oneof(
  fc.record({ kind: fc.constant('systemd' as const), name: fc.constantFrom('web', '/a') }),
  fc.record({ kind: fc.constant('tcp' as const), ip: ips, port: fc.constantFrom(0, 1, 2) }),
  fc.record({ kind: fc.constant('unix' as const), path: fc.constantFrom('/a', '/b') }),
);

test('the rival of an address is the first that it meets, whatever the order', (t) => {
  fc.assert(
    fc.property(fc.array(addresses, { maxLength: 12 }), (all) => {
      const index = new SocketIndex<number>();
      for (const [at, address] of all.entries()) {
        const first = all.slice(0, at).findIndex((other) => sameSocket(other, address));
        t.is(index.rival(address), first < 0 ? undefined : first);
        index.add(address, at);
      }
    }),
  );
});

/** What is found wrong with so many listeners, and how often their options are looked at for it. */
function check(listeners: number): { readonly problems: number; readonly looks: number } {
  let looks = 0;
  const drafts = Array.from({ length: listeners }, (_, at) => ({
    role: 'edge',
    settings: new Map(),
    place: () => '',
    get values() {
      looks++;
      return { name: `l${at}`, listen: { kind: 'unix', path: `/${at}` } };
    },
  }));
  const { length } = checkListeners(drafts as unknown as ListenerDraft[]);
  return { problems: length, looks };
}

test('four times as many listeners are four times the work', (t) => {
  const few = check(1000);
  t.is(few.problems, 0);
  t.deepEqual(check(4000), { problems: 0, looks: 4 * few.looks });
});
