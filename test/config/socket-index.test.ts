import test from 'ava';
import fc from 'fast-check';
import type { ParsedAddress } from '../../src/address/socket-address.ts';
import { checkListeners } from '../../src/config/config-checks.ts';
import type { ListenerDraft } from '../../src/config/listener-draft.ts';
import { sameSocket } from '../../src/config/same-socket.ts';
import { SocketIndex } from '../../src/config/socket-index.ts';

const ips = fc.constantFrom(
  null,
  Uint8Array.of(0, 0, 0, 0),
  Uint8Array.of(127, 0, 0, 1),
  Uint8Array.of(10, 0, 0, 1),
  new Uint8Array(16),
  Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? 1 : 0)),
);
const addresses: fc.Arbitrary<ParsedAddress> = fc.oneof(
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
