import test from 'ava';
import fc from 'fast-check';
import { Pool } from '../../src/endpoints/pool.ts';
import { ALL, create, EJECTION, endpointState, endpoints, probe, slotsOf, snapshot } from './pool-parts.ts';

// Who gets the sessions of endpoints that refuse them.

/** How many of `sessions`, run one after the other, each endpoint gets while those in `down` refuse. */
function shares(pool: Pool, sessions: number, down: readonly number[], attempts = ALL): Map<number, number> {
  const counts = new Map<number, number>();
  for (let session = 0; session < sessions; session++) {
    const candidates = pool.candidates(0, attempts);
    let slot = candidates.next()?.slot;
    while (slot !== undefined && down.includes(slot)) slot = candidates.next()?.slot;
    if (slot !== undefined) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  return counts;
}

test('the turns of an endpoint that refuses are shared among all others and do not all go to its neighbour', (t) => {
  for (const down of [0, 1, 2]) {
    const { pool } = create(3, { after: 0 });
    t.deepEqual([...shares(pool, 30, [down]).values()], [15, 15], `${down} refuses`);
  }
  const { pool } = create(4, { after: 0 });
  t.deepEqual([...shares(pool, 60, [2]).values()], [20, 20, 20]);
});

test('an endpoint that refuses is dialed only in its own turns, not in retries of others', (t) => {
  const { pool } = create(2, { after: 0 });
  t.deepEqual(
    Array.from({ length: 6 }, () => slotsOf(pool.candidates(0, 1))[0]),
    [0, 1, 0, 1, 0, 1],
  );
  const first = Array.from({ length: 6 }, () => {
    const candidates = pool.candidates(0, ALL);
    const slot = candidates.next()!.slot;
    if (slot === 1) candidates.next();
    return slot;
  });
  t.deepEqual(first, [0, 1, 0, 1, 0, 1]);
});

test('whichever endpoints refuse, the session counts of the others differ by at most one', (t) => {
  const run = fc.record({
    size: fc.integer({ min: 1, max: 12 }),
    down: fc.uniqueArray(fc.nat(11), { maxLength: 11 }),
    sessions: fc.nat(300),
    attempts: fc.integer({ min: 1, max: 12 }),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });
  fc.assert(
    fc.property(run, ({ size, down, sessions, attempts, random }) => {
      const pool = new Pool(snapshot(size), { ...EJECTION, after: 0 }, endpointState(64), () => random);
      const counts = shares(pool, sessions, down, attempts);
      const seen = endpoints(size).flatMap(({ slot }) =>
        down.includes(slot) ? [] : [counts.get(slot) ?? 0],
      );
      t.true(seen.length === 0 || Math.max(...seen) - Math.min(...seen) <= 1, `${seen}`);
    }),
    { numRuns: 1000 },
  );
});

test('the other endpoints get equal shares with any number of concurrent sessions, apart from those in progress', (t) => {
  const run = fc.record({
    size: fc.integer({ min: 1, max: 9 }),
    refusing: fc.uniqueArray(fc.nat(8), { maxLength: 8 }),
    attempts: fc.integer({ min: 1, max: 9 }),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    // Chooses the running session that makes the next step.
    order: fc.array(fc.nat(20), { minLength: 50, maxLength: 200 }),
    held: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(run, ({ size, refusing, attempts, random, order, held }) => {
      const options = { ...EJECTION, after: 0 };
      const pool = new Pool(snapshot(size), options, endpointState(64), () => random);
      const counts = new Map(endpoints(size).map(({ slot }) => [slot, 0]));
      for (const slot of refusing) counts.delete(slot);
      const open = Array.from({ length: held }, () => pool.candidates(0, attempts));
      for (const which of order) {
        const at = which % held;
        const slot = open[at]!.next()?.slot;
        if (slot !== undefined && !counts.has(slot)) continue;
        if (slot !== undefined) counts.set(slot, counts.get(slot)! + 1);
        open[at] = pool.candidates(0, attempts);
      }
      const seen = [...counts.values()];
      t.true(seen.length === 0 || Math.max(...seen) - Math.min(...seen) <= 1 + held, `${seen}`);
    }),
    { numRuns: 500 },
  );
});

test('retries among left-out endpoints are distributed, too', (t) => {
  const { pool, state } = create(4, { after: 0 });
  probe(state, 1, 1, 2, 3);
  t.deepEqual([...shares(pool, 30, [0]).entries()].sort(), [
    [1, 10],
    [2, 10],
    [3, 10],
  ]);
});
