import test from 'ava';
import fc from 'fast-check';
import type { Balance } from '../../src/endpoints/balance/create-picker.ts';
import { familySnapshot } from '../../src/endpoints/family-snapshot.ts';
import { Pool } from '../../src/endpoints/pool.ts';
import type { Endpoint } from '../../src/endpoints/snapshot.ts';
import { snapshotOf } from '../helpers/snapshots.ts';
import { BALANCES, CLIENT, EJECTION, endpoint, endpointState, fromFirst, hashed } from './pool-parts.ts';

function v6(slot: number): Endpoint {
  const ip = new Uint8Array(16).fill(slot, 15);
  return { slot, ip, port: 80, path: null, text: `[::${slot.toString(16)}]:80` };
}

/** The endpoint of each slot: true is IPv6. */
const mixed = (families: readonly boolean[]) =>
  families.map((isV6, slot) => (isV6 ? v6(slot + 1) : endpoint(slot + 1)));

function poolOf(endpoints: readonly Endpoint[], balance: Balance): Pool {
  const snapshot = balance === 'client-hash' ? hashed(endpoints) : snapshotOf(endpoints);
  return new Pool(snapshot, EJECTION, endpointState(64), fromFirst, balance);
}

/** Sessions that stay open, by the slot that each got. */
function sessions(pool: Pool, bytes: number, count: number): readonly number[] {
  return Array.from({ length: count }, () => {
    const chosen = pool.ofFamily(bytes).candidates(0, 1, null).next()!;
    pool.acquire(chosen);
    return chosen.slot;
  });
}

test('clients of one family are spread evenly over its endpoints, wherever those of the other family stand', (t) => {
  const families = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(families, fc.constantFrom('round-robin', 'least-sessions'), (isV6, balance) => {
      const endpoints = mixed(isV6);
      const pool = poolOf(endpoints, balance);
      for (const bytes of [4, 16]) {
        const own = endpoints.filter(({ ip }) => ip.length === bytes).map(({ slot }) => slot);
        if (own.length === 0) continue;
        const got = sessions(pool, bytes, 3 * own.length);
        t.deepEqual(
          got.toSorted((a, b) => a - b),
          own.flatMap((slot) => [slot, slot, slot]),
        );
      }
    }),
  );
});

for (const balance of BALANCES) {
  test(`${balance}: a family follows its pool: new endpoints, and none that is left out`, (t) => {
    const pool = poolOf(mixed([false, true]), balance);
    const first = (bytes: number) => pool.ofFamily(bytes).candidates(0, 1, CLIENT).next()?.slot ?? null;
    t.deepEqual([first(4), first(16)], [1, 2]);
    const next = mixed([true, false]);
    pool.replace(balance === 'client-hash' ? hashed(next) : snapshotOf(next), EJECTION, balance);
    t.deepEqual([first(4), first(16)], [2, 1]);
    pool.replace(snapshotOf([next[0]!]), EJECTION, 'round-robin');
    t.deepEqual([first(4), first(16)], [null, 1]);
  });
}

test('an endpoint that a session could not reach is ejected for its family', (t) => {
  const endpoints = mixed([false, true, false, false]);
  const pool = poolOf(endpoints, 'round-robin');
  for (let count = 0; count < EJECTION.after; count++) pool.failed(endpoints[0]!, 0);
  const got = Array.from({ length: 4 }, () => pool.ofFamily(4).candidates(0, 1).next()!.slot);
  t.deepEqual(new Set(got), new Set([3, 4]));
});

test('groups keep their weights and tiers, with the members of the family alone', (t) => {
  const endpoints = mixed([false, true, true, false]);
  const group = (members: readonly number[], weight: number) => ({
    ...{ name: members.join(), weight, tier: 0, empty: 'no_endpoint' as const, hashTable: null },
    members: Uint16Array.from(members),
  });
  const all = { ...snapshotOf(endpoints), groups: [group([0, 1], 3), group([2, 3], 1)] };
  const { groups, endpoints: kept } = familySnapshot(all, 16);
  t.deepEqual(
    groups!.map(({ members, weight }) => [weight, ...Array.from(members, (at) => kept[at]!.slot)]),
    [
      [3, 2],
      [1, 3],
    ],
  );
  t.is(familySnapshot(snapshotOf([endpoint(1)]), 4).endpoints.length, 1);
});
