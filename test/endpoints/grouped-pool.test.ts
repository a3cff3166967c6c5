import test from 'ava';
import fc from 'fast-check';
import type { Balance } from '../../src/endpoints/balance/create-picker.ts';
import { Pool } from '../../src/endpoints/pool.ts';
import type { Snapshot } from '../../src/endpoints/snapshot.ts';
import { type GroupParts, grouped, groupOf } from './grouped-parts.ts';
import { ALL, BALANCES, EJECTION, endpoint, endpointState, fromFirst, probe, slotsOf } from './pool-parts.ts';

const OFTEN = { ...EJECTION, maxShare: 1 };

function create(snapshot: Snapshot, balance: Balance = 'round-robin') {
  const state = endpointState(256);
  return { state, pool: new Pool(snapshot, OFTEN, state, fromFirst, balance) };
}

/** How many of this many sessions each group gets; the last number is those that are refused. */
function counts(pool: Pool, snapshot: Snapshot, sessions: number): number[] {
  const found = [...snapshot.groups!.map(() => 0), 0];
  for (let session = 0; session < sessions; session++) {
    const first = pool.candidates(0, 1).next();
    found[first === null ? found.length - 1 : groupOf(snapshot, first.slot)]! += 1;
  }
  return found;
}

const part = fc.record({
  weight: fc.integer({ min: 1, max: 20 }),
  size: fc.integer({ min: 0, max: 4 }),
  tier: fc.constantFrom(0, 0, 0, 1),
});
const parts = fc.array(part, { minLength: 1, maxLength: 6 });

/** What each group is to get of one round, and how many sessions that is; the last is what is refused. */
function oracle(all: readonly GroupParts[], down: ReadonlySet<number>, refuses: boolean): number[] {
  let next = 0;
  const sizes = all.map(({ size }) => {
    const slots = Array.from({ length: size }, () => next++);
    return { size, up: slots.filter((slot) => !down.has(slot)).length };
  });
  const anyUp = sizes.some(({ up }) => up > 0);
  const usable = sizes.map(({ size, up }) => (refuses || !anyUp ? size > 0 : up > 0));
  const tiers = all.flatMap(({ tier = 0 }, at) => (usable[at] ? [tier] : []));
  const tier = Math.min(...(tiers.length > 0 ? tiers : all.map((each) => each.tier ?? 0)));
  const isIn = (at: number) => (all[at]!.tier ?? 0) === tier && (usable[at] || refuses);
  const shares = all.map(({ weight }, at) => (isIn(at) && usable[at] ? weight : 0));
  const refused = all.reduce((sum, { weight }, at) => sum + (isIn(at) && !usable[at] ? weight : 0), 0);
  return [...shares, refused];
}

for (const refuses of [false, true]) {
  for (const balance of ['round-robin', 'least-sessions', 'random-two'] as const) {
    const how = refuses ? 'refused if it is empty' : 'left to the others if it is empty';
    test(`each share is exact, and ${how}, whatever the weights and states are: ${balance}`, (t) => {
      const change = fc.record({ all: parts, down: fc.array(fc.integer({ min: 0, max: 23 })) });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          const state = endpointState(256);
          let pool: Pool | null = null;
          for (const { all, down } of changes) {
            const snapshot = grouped(all, { refuses });
            pool ??= new Pool(snapshot, OFTEN, state, fromFirst, balance);
            pool.replace(snapshot, OFTEN, balance);
            state.probedDown.fill(0);
            probe(state, 1, ...down);
            const expected = oracle(all, new Set(down), refuses);
            const sum = expected.reduce((total, share) => total + share, 0);
            if (sum === 0) t.is(pool.candidates(0, 1).next(), null);
            else for (let round = 0; round < 2; round++) t.deepEqual(counts(pool, snapshot, sum), expected);
          }
        }),
        { numRuns: 100 },
      );
    });
  }
}

test('inside a group the endpoints are in turn', (t) => {
  const { pool } = create(
    grouped([
      { weight: 2, size: 2 },
      { weight: 1, size: 1 },
    ]),
  );
  const first = Array.from({ length: 6 }, () => pool.candidates(0, 1).next()!.slot);
  t.deepEqual(
    [0, 1, 2].map((slot) => first.filter((each) => each === slot).length),
    [2, 2, 2],
  );
});

test('with least-sessions a session goes to the endpoint of its group that has the fewest', (t) => {
  const snapshot = grouped([
    { weight: 1, size: 2 },
    { weight: 1, size: 2 },
  ]);
  const { pool } = create(snapshot, 'least-sessions');
  for (let session = 0; session < 4; session++) pool.acquire(pool.candidates(0, 1).next()!);
  pool.release(endpoint(1));
  const next = Array.from({ length: 2 }, () => pool.candidates(0, 1).next()!.slot);
  t.true(next.includes(1));
});

for (const balance of BALANCES) {
  test(`retries stay in the group, then go to the others, to backups and to what is left out: ${balance}`, (t) => {
    const snapshot = grouped([
      { weight: 1, size: 3 },
      { weight: 5, size: 2 },
      { weight: 1, size: 2, tier: 1 },
    ]);
    const { state, pool } = create(snapshot, balance);
    probe(state, 1, 1, 6);
    for (let session = 0; session < 10; session++) {
      const slots = slotsOf(pool.candidates(0, ALL, Uint8Array.of(192, 0, 2, session)));
      t.deepEqual(slots.toSorted(), [0, 1, 2, 3, 4, 5, 6]);
      const groups = slots.map((slot) => groupOf(snapshot, slot));
      const [own, other] = groups[0] === 0 ? [0, 1] : [1, 0];
      t.deepEqual(groups.slice(0, 4), [own, own, other, other]);
      t.is(slots[4], 5);
      t.deepEqual(slots.slice(5).toSorted(), [1, 6]);
    }
  });
}

test('a session of a group that refuses its own share goes to no other group', (t) => {
  const snapshot = grouped(
    [
      { weight: 1, size: 2 },
      { weight: 1, size: 1 },
    ],
    { refuses: true },
  );
  const { state, pool } = create(snapshot);
  probe(state, 1, 1);
  const all = Array.from({ length: 2 }, () => slotsOf(pool.candidates(0, ALL)));
  t.deepEqual(all.toSorted(), [[0, 1], [2]]);
  probe(state, 1, 2);
  t.deepEqual(counts(pool, snapshot, 2), [1, 1, 0], 'what is down is tried before its share is refused');
});

test('a refused share has the reason of its group', (t) => {
  const { pool } = create(grouped([{ weight: 1, size: 0 }], { refuses: true }));
  const none = pool.candidates(0, 3);
  t.deepEqual([none.following, none.next(), none.empty, none.tried], [null, null, 'no_ready_endpoint', 0]);
  const { pool: full } = create(grouped([{ weight: 1, size: 1 }]));
  t.is(full.candidates(0, 3).empty, null);
});

test('backups are used while every other endpoint is ejected or down, and no longer', (t) => {
  const snapshot = grouped([
    { weight: 1, size: 2 },
    { weight: 1, size: 1, tier: 1 },
  ]);
  const { state, pool } = create(snapshot);
  t.deepEqual(counts(pool, snapshot, 4), [4, 0, 0]);
  probe(state, 1, 0);
  for (let failure = 0; failure < EJECTION.after; failure++) pool.failed(endpoint(1), 0);
  t.deepEqual(counts(pool, snapshot, 4), [0, 4, 0]);
  t.is(pool.candidates(EJECTION.forMs, 1).next()!.slot, 1, 'the ejection is over');
  probe(state, 0, 0);
  t.deepEqual(counts(pool, snapshot, 4), [4, 0, 0]);
});

test('a preferred endpoint comes first whatever its weight, but a backup only while backups are used', (t) => {
  const snapshot = grouped([
    { weight: 1000, size: 1 },
    { weight: 1, size: 1 },
    { weight: 1, size: 1, tier: 1 },
  ]);
  const { state, pool } = create(snapshot);
  t.deepEqual(slotsOf(pool.candidates(0, 2, null, 1)), [1, 0]);
  t.not(pool.candidates(0, 1, null, 2).next()!.slot, 2);
  probe(state, 1, 0, 1);
  t.is(pool.candidates(0, 1, null, 2).next()!.slot, 2);
  t.is(pool.candidates(0, 1, null, 1).next()!.slot, 2);
});

test('an endpoint of two groups is tried once', (t) => {
  const snapshot = grouped([
    { weight: 1, size: 2 },
    { weight: 1, size: 1 },
  ]);
  const [one, two] = snapshot.groups!;
  const { pool } = create({ ...snapshot, groups: [one!, { ...two!, members: Uint16Array.of(1, 2) }] });
  for (let session = 0; session < 4; session++)
    t.deepEqual(slotsOf(pool.candidates(0, ALL)).toSorted(), [0, 1, 2]);
});

test('a session goes on with the groups with which it began', (t) => {
  const { pool } = create(
    grouped([
      { weight: 1, size: 2 },
      { weight: 1, size: 2 },
    ]),
  );
  const session = pool.candidates(0, ALL);
  session.next();
  pool.replace(grouped([{ weight: 1, size: 1 }]), OFTEN);
  t.is(slotsOf(session).length, 3);
});

test('a pool may get groups and lose them', (t) => {
  const snapshot = grouped([
    { weight: 3, size: 1 },
    { weight: 1, size: 1 },
  ]);
  const { pool } = create({ ...snapshot, groups: null });
  t.deepEqual(counts(pool, snapshot, 4), [2, 2, 0]);
  pool.replace(snapshot, OFTEN);
  t.deepEqual(counts(pool, snapshot, 4), [3, 1, 0]);
  pool.replace({ ...snapshot, groups: null }, OFTEN);
  t.deepEqual(counts(pool, snapshot, 4), [2, 2, 0]);
});
