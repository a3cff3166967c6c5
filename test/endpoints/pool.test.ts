import test from 'ava';
import fc from 'fast-check';
import type { Balance } from '../../src/endpoints/balance/create-picker.ts';
import type { EndpointState } from '../../src/endpoints/endpoint-state.ts';
import { buildHashTable } from '../../src/endpoints/maglev.ts';
import { type EjectionOptions, type FailureOutcome, Pool } from '../../src/endpoints/pool.ts';
import type { Snapshot } from '../../src/endpoints/snapshot.ts';
import { endpoint, endpointState, endpoints, slotsOf, snapshot } from './pool-parts.ts';

const EJECTION: EjectionOptions = { after: 3, forMs: 1000, maxShare: 0.5 };
const ALL = Number.POSITIVE_INFINITY;
const fromFirst = () => 0;

function create(count: number, ejection: Partial<EjectionOptions> = {}) {
  const state = endpointState(64);
  const options = { ...EJECTION, ...ejection };
  return { state, options, pool: new Pool(snapshot(count), options, state, fromFirst) };
}

/** The first choices of so many picks. */
function picks(pool: Pool, count: number, nowMs = 0): number[] {
  return Array.from({ length: count }, () => pool.candidates(nowMs, 1).next()!.slot);
}

function fail(pool: Pool, slot: number, times: number, nowMs = 0): FailureOutcome[] {
  return Array.from({ length: times }, () => pool.failed(endpoint(slot), nowMs));
}

test('round robin gives every endpoint the same number of sessions, one after the other', (t) => {
  const { pool } = create(5);
  t.deepEqual(picks(pool, 10), [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
});

test('the first round begins where the random number says', (t) => {
  const starts = [0, 0.25, 0.5, 0.999999].map((random) => {
    const pool = new Pool(snapshot(4), EJECTION, endpointState(4), () => random);
    return picks(pool, 1)[0];
  });
  t.deepEqual(starts, [0, 1, 2, 3]);
});

test('all candidates of a session are distinct, and sessions that try them all take the first ones in turn', (t) => {
  const { pool } = create(4);
  const all = Array.from({ length: 5 }, () => slotsOf(pool.candidates(0, ALL)));
  t.deepEqual(
    all.map(([first]) => first),
    [0, 1, 2, 3, 0],
  );
  for (const slots of all) t.deepEqual(slots.toSorted(), [0, 1, 2, 3]);
});

/** How many of so many sessions, one after the other, each endpoint gets of which `down` refuse. */
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

test('the turns of an endpoint that refuses are shared out among all others, and not its neighbour’s', (t) => {
  for (const down of [0, 1, 2]) {
    const { pool } = create(3, { after: 0 });
    t.deepEqual([...shares(pool, 30, [down]).values()], [15, 15], `${down} refuses`);
  }
  const { pool } = create(4, { after: 0 });
  t.deepEqual([...shares(pool, 60, [2]).values()], [20, 20, 20]);
});

test('an endpoint that refuses is dialed in its own turns alone, and in no session of others', (t) => {
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

test('whichever endpoints refuse, the others get as many sessions each, or one more', (t) => {
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

test('so they do however many sessions are under way at once, but for those', (t) => {
  const run = fc.record({
    size: fc.integer({ min: 1, max: 9 }),
    refusing: fc.uniqueArray(fc.nat(8), { maxLength: 8 }),
    attempts: fc.integer({ min: 1, max: 9 }),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    // Which of the sessions that are under way goes on.
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

test('of those that are left out no single one gets every failed turn', (t) => {
  const { pool, state } = create(4, { after: 0 });
  probe(state, 1, 1, 2, 3);
  t.deepEqual([...shares(pool, 30, [0]).entries()].sort(), [
    [1, 10],
    [2, 10],
    [3, 10],
  ]);
});

test('a session tries no more endpoints than its attempts', (t) => {
  const { pool } = create(5);
  picks(pool, 4);
  const slots = slotsOf(pool.candidates(0, 3));
  t.is(slots[0], 4);
  t.is(new Set(slots).size, 3);
});

test('an empty pool has no candidates, and serves the first snapshot that has some', (t) => {
  const { pool, options } = create(0);
  t.is(pool.candidates(0, 3).next(), null);
  t.deepEqual(pool.counts(0), { usable: 0, ejected: 0 });
  pool.replace(snapshot(2), options);
  t.deepEqual(picks(pool, 3), [0, 1, 0]);
});

test('the round goes on over a new snapshot', (t) => {
  const { pool, options } = create(4);
  t.deepEqual(picks(pool, 2), [0, 1]);
  pool.replace(snapshot(5), options);
  t.deepEqual(picks(pool, 5), [2, 3, 4, 0, 1]);
});

test('a new snapshot that is smaller than the cursor begins a round that is whole', (t) => {
  const { pool, options } = create(5);
  picks(pool, 4);
  pool.replace(snapshot(3), options);
  t.deepEqual(picks(pool, 6).sort(), [0, 0, 1, 1, 2, 2]);
});

test('a session keeps its candidates when the snapshot changes under it', (t) => {
  const { pool, options } = create(3);
  const candidates = pool.candidates(0, ALL);
  candidates.next();
  pool.replace(snapshot(endpoints(3, 20)), options);
  t.deepEqual(slotsOf(candidates).sort(), [1, 2]);
});

test('so many failures in a row eject an endpoint, and not one fewer', (t) => {
  const { pool } = create(4);
  t.deepEqual(fail(pool, 1, 2), ['counted', 'counted']);
  t.deepEqual(pool.counts(0), { usable: 4, ejected: 0 });
  t.deepEqual(fail(pool, 1, 1), ['ejected']);
  t.deepEqual(pool.counts(0), { usable: 3, ejected: 1 });
});

test('an ejected endpoint gets no session as first choice, and stands last among the candidates', (t) => {
  const { pool } = create(4);
  fail(pool, 1, 3);
  t.deepEqual(picks(pool, 6), [0, 2, 3, 0, 2, 3]);
  t.deepEqual(slotsOf(pool.candidates(0, ALL)), [0, 3, 2, 1]);
});

test('the failures that two workers see add up, and an ejection holds for both', (t) => {
  const { pool: one, state, options } = create(4);
  const other = new Pool(snapshot(4), options, state, fromFirst);
  // Both have made their lists before anything happens.
  t.deepEqual([picks(one, 1), picks(other, 1)], [[0], [0]]);
  t.deepEqual(
    [...fail(one, 2, 1), ...fail(other, 2, 1), ...fail(one, 2, 1)],
    ['counted', 'counted', 'ejected'],
  );
  t.deepEqual(picks(other, 3), [1, 3, 0]);
  other.connected(endpoint(2));
  t.deepEqual(picks(one, 4).sort(), [0, 1, 2, 3]);
});

/** The very endpoint that the pool holds in the slot. */
function snapshotOf(pool: Pool, slot: number) {
  const candidates = pool.candidates(0, ALL);
  for (let next = candidates.next(); next !== null; next = candidates.next())
    if (next.slot === slot) return next;
  throw new Error(`no endpoint in slot ${slot}`);
}

test('only an ejected endpoint is called so', (t) => {
  const { pool } = create(4);
  const [ejected, other] = [snapshotOf(pool, 2), snapshotOf(pool, 3)];
  t.false(pool.isEjected(ejected, 0));
  fail(pool, 2, 3);
  t.true(pool.isEjected(ejected, 999));
  t.false(pool.isEjected(other, 999));
  t.false(pool.isEjected(ejected, 1000));
});

test('an accepted connection ends the failures in a row', (t) => {
  const { pool } = create(4);
  fail(pool, 1, 2);
  pool.connected(endpoint(1));
  t.deepEqual(fail(pool, 1, 3), ['counted', 'counted', 'ejected']);
});

test('an accepted connection speaks for its own endpoint alone', (t) => {
  const { pool } = create(4);
  fail(pool, 1, 2);
  pool.connected(endpoint(2));
  t.deepEqual(fail(pool, 1, 1), ['ejected']);
});

test('an ejected endpoint that accepts a connection after all is back at once', (t) => {
  const { pool } = create(4);
  fail(pool, 1, 3);
  pool.connected(endpoint(1));
  t.deepEqual(pool.counts(0), { usable: 4, ejected: 0 });
  t.deepEqual(fail(pool, 1, 2), ['counted', 'counted']);
});

test('an ejected endpoint is back when its time is over, and not a millisecond before', (t) => {
  const { pool } = create(4);
  fail(pool, 1, 3, 500);
  t.deepEqual(pool.counts(1499), { usable: 3, ejected: 1 });
  t.deepEqual(picks(pool, 4, 1499), [0, 2, 3, 0]);
  t.deepEqual(pool.counts(1500), { usable: 4, ejected: 0 });
  t.deepEqual(picks(pool, 4, 1500).sort(), [0, 1, 2, 3]);
});

test('of several ejections each ends at its own time', (t) => {
  const { pool } = create(6);
  fail(pool, 1, 3, 0);
  fail(pool, 4, 3, 400);
  t.deepEqual(
    [999, 1000, 1399, 1400].map((nowMs) => pool.counts(nowMs).ejected),
    [2, 1, 1, 0],
  );
});

test('an endpoint that is back is ejected again at its first failure', (t) => {
  const { pool } = create(4);
  fail(pool, 1, 3, 0);
  t.deepEqual(fail(pool, 1, 1, 1000), ['ejected']);
  t.deepEqual(pool.counts(1999), { usable: 3, ejected: 1 });
  t.deepEqual(pool.counts(2000), { usable: 4, ejected: 0 });
});

test('a failure of an endpoint that is ejected already neither ejects it twice nor prolongs the time', (t) => {
  const { pool } = create(4);
  fail(pool, 1, 3, 0);
  t.deepEqual(fail(pool, 1, 2, 900), ['counted', 'counted']);
  t.deepEqual(pool.counts(1000), { usable: 4, ejected: 0 });
});

test('ejection beyond the bound is ignored and reported at every failure', (t) => {
  const { pool } = create(4);
  fail(pool, 0, 3);
  fail(pool, 1, 3);
  t.deepEqual(fail(pool, 2, 4), ['counted', 'counted', 'ignored', 'ignored']);
  t.deepEqual(pool.counts(0), { usable: 2, ejected: 2 });
  t.deepEqual(picks(pool, 4), [2, 3, 2, 3]);
});

test('once an ejection has ended there is room for the next one', (t) => {
  const { pool } = create(4);
  fail(pool, 0, 3, 0);
  fail(pool, 1, 3, 500);
  fail(pool, 2, 3, 999);
  t.deepEqual(fail(pool, 2, 1, 1000), ['ejected']);
});

test('the bound is the share of the pool, rounded down', (t) => {
  const cases = [
    { count: 1, maxShare: 0.5, bound: 0 },
    { count: 2, maxShare: 0.5, bound: 1 },
    { count: 3, maxShare: 0.5, bound: 1 },
    { count: 9, maxShare: 0.34, bound: 3 },
    { count: 10, maxShare: 0, bound: 0 },
    { count: 10, maxShare: 1, bound: 10 },
    // 0.58 · 50 is 28.999999999999996 in floating point.
    { count: 50, maxShare: 0.58, bound: 29 },
  ];
  t.true(cases.length > 0);
  for (const { count, maxShare, bound } of cases) {
    const { pool } = create(count, { after: 1, maxShare });
    const outcomes = endpoints(count).map((each) => pool.failed(each, 0));
    t.is(outcomes.filter((outcome) => outcome === 'ejected').length, bound, `${count} · ${maxShare}`);
    t.is(outcomes.filter((outcome) => outcome === 'ignored').length, count - bound, `${count} · ${maxShare}`);
    t.deepEqual(pool.counts(0), { usable: count - bound, ejected: bound }, `${count} · ${maxShare}`);
  }
});

test('a lone endpoint is never ejected, so that it is at least tried', (t) => {
  const { pool } = create(1);
  t.deepEqual(fail(pool, 0, 4), ['counted', 'counted', 'ignored', 'ignored']);
  t.deepEqual(picks(pool, 2), [0, 0]);
});

test('where all endpoints may be ejected and are, sessions still go round among them', (t) => {
  const { pool } = create(3, { after: 1, maxShare: 1 });
  for (const each of endpoints(3)) pool.failed(each, 0);
  t.deepEqual(pool.counts(0), { usable: 0, ejected: 3 });
  const all = Array.from({ length: 3 }, () => slotsOf(pool.candidates(0, ALL)));
  t.deepEqual(
    all.map(([first]) => first),
    [0, 1, 2],
  );
  for (const slots of all) t.deepEqual(slots.toSorted(), [0, 1, 2]);
});

test('a pool that shrinks until too many of it are ejected tries them all, and none counts as ejected', (t) => {
  const { pool, options } = create(8);
  for (const slot of [0, 1, 2, 3]) fail(pool, slot, 3);
  t.deepEqual(pool.counts(0), { usable: 4, ejected: 4 });
  pool.replace(snapshot([0, 1, 2, 7].map(endpoint)), options);
  t.deepEqual(pool.counts(0), { usable: 4, ejected: 0 });
  t.deepEqual(picks(pool, 4).sort(), [0, 1, 2, 7]);
  t.false(pool.isEjected(snapshotOf(pool, 1), 0));
  // Two of four are within the bound again.
  pool.connected(endpoint(2));
  t.deepEqual(pool.counts(0), { usable: 2, ejected: 2 });
});

test('ejections stay with their slots over a new snapshot', (t) => {
  const { pool, options } = create(4);
  fail(pool, 1, 3);
  pool.replace(snapshot([5, 1, 6, 7].map(endpoint)), options);
  t.deepEqual(slotsOf(pool.candidates(0, ALL)).at(-1), 1);
});

test('new options hold from the next failure on', (t) => {
  const { pool } = create(4);
  fail(pool, 1, 1);
  pool.replace(snapshot(4), { after: 2, forMs: 50, maxShare: 1 });
  t.deepEqual(fail(pool, 1, 1), ['ejected']);
  t.deepEqual([pool.counts(49).ejected, pool.counts(50).ejected], [1, 0]);
});

test('with 0 failures to eject after, no number of failures ejects', (t) => {
  const { pool } = create(4, { after: 0, maxShare: 1 });
  t.deepEqual(new Set(fail(pool, 1, 1000)), new Set(['counted']));
  t.deepEqual(pool.counts(0), { usable: 4, ejected: 0 });
});

// ── probes ──

/** What a prober does: the cell first, then the word that something has changed. */
function probe(state: EndpointState, down: 0 | 1, ...slots: number[]): void {
  for (const slot of slots) Atomics.store(state.probedDown, slot, down);
  Atomics.add(state.ejectionEpoch, 0, 1);
}

test('who is down by a probe stands last among the candidates, and is back at once when it is up', (t) => {
  const { pool, state } = create(4);
  t.deepEqual(picks(pool, 1), [0]);
  probe(state, 1, 1);
  t.deepEqual(slotsOf(pool.candidates(0, ALL)), [2, 0, 3, 1]);
  t.deepEqual(pool.counts(0), { usable: 3, ejected: 1 });
  t.true(pool.isEjected(endpoint(1), 0));
  probe(state, 0, 1);
  t.deepEqual(pool.counts(0), { usable: 4, ejected: 0 });
});

test('no bound keeps probes from leaving all out but one, and where all are down they are tried in turn', (t) => {
  const { pool, state } = create(4, { maxShare: 0 });
  probe(state, 1, 0, 1, 3);
  t.deepEqual(pool.counts(0), { usable: 1, ejected: 3 });
  t.deepEqual(picks(pool, 3), [2, 2, 2]);
  probe(state, 1, 2);
  t.deepEqual(pool.counts(0), { usable: 0, ejected: 4 });
  t.deepEqual(picks(pool, 4).sort(), [0, 1, 2, 3]);
});

test('the bound of ejections is a share of what probes have left up', (t) => {
  const { pool, state } = create(8, { after: 1, maxShare: 0.5 });
  probe(state, 1, 4, 5, 6, 7);
  const outcomes = [0, 1, 2, 4].map((slot) => pool.failed(endpoint(slot), 0));
  t.deepEqual(outcomes, ['ejected', 'ejected', 'ignored', 'counted']);
  const slots = slotsOf(pool.candidates(0, ALL));
  t.deepEqual(slots.slice(0, 2), [2, 3]);
  t.deepEqual(slots.slice(2).sort(), [0, 1, 4, 5, 6, 7]);
  // One more goes down, and two of three are beyond the bound: all that are up are tried.
  probe(state, 1, 3);
  t.deepEqual(pool.counts(0), { usable: 3, ejected: 5 });
});

test('a connection that is accepted does not outvote a probe', (t) => {
  const { pool, state } = create(2);
  probe(state, 1, 0);
  fail(pool, 0, 1);
  pool.connected(endpoint(0));
  t.true(pool.isEjected(endpoint(0), 0));
});

// ── balance ──

/** By hash it has an endpoint other than the second one, be it of 10 or of 10,000. */
const CLIENT = Uint8Array.of(192, 0, 2, 4);
const BALANCES: readonly Balance[] = ['round-robin', 'least-sessions', 'random-two', 'client-hash'];

function hashed(count: number): Snapshot {
  return { ...snapshot(count), hashTable: buildHashTable(endpoints(count)) };
}

for (const balance of BALANCES) {
  test(`with ${balance} all candidates are distinct, and those left out last`, (t) => {
    const state = endpointState(64);
    const pool = new Pool(hashed(6), EJECTION, state, fromFirst, balance);
    probe(state, 1, 1, 4);
    for (let pick = 0; pick < 20; pick++) {
      const order = slotsOf(pool.candidates(0, ALL, CLIENT));
      t.deepEqual(order.slice(0, 4).sort(), [0, 2, 3, 5]);
      t.deepEqual(order.slice(4).sort(), [1, 4]);
    }
  });
}

test('the preferred slot is tried first where it is usable, and costs nobody else a turn', (t) => {
  const { pool, state } = create(4);
  const slots = slotsOf(pool.candidates(0, ALL, CLIENT, 2));
  t.is(slots[0], 2);
  t.deepEqual(slots.toSorted(), [0, 1, 2, 3]);
  t.deepEqual(picks(pool, 1), [0]);
  for (const [slot, down] of [
    [2, true],
    [9, false],
  ] as const) {
    if (down) probe(state, 1, slot);
    t.not(pool.candidates(0, 1, CLIENT, slot).next()!.slot, slot);
  }
});

test('where all are left out no slot is preferred', (t) => {
  const { pool, state } = create(2);
  probe(state, 1, 0, 1);
  t.deepEqual(
    [1, 1].map((slot) => pool.candidates(0, 1, CLIENT, slot).next()!.slot),
    [0, 1],
  );
});

test('a session counts at its endpoint from the dial to its end, for every worker', (t) => {
  const state = endpointState(4);
  const [one, other] = [0, 1].map(() => new Pool(snapshot(2), EJECTION, state, fromFirst, 'least-sessions'));
  for (let session = 0; session < 3; session++) {
    const endpointOf = one!.candidates(0, 1).next()!;
    one!.acquire(endpointOf);
  }
  t.deepEqual([...state.endpointSessions.subarray(0, 2)], [2, 1]);
  t.deepEqual(picks(other!, 1), [1]);
  one!.release(endpoint(0));
  one!.release(endpoint(0));
  t.deepEqual([...state.endpointSessions.subarray(0, 2)], [0, 1]);
  t.deepEqual([...picks(one!, 1), ...picks(other!, 1)], [0, 0]);
});

test('another balance holds from the next pick on; without a word of it the old one goes on', (t) => {
  const { pool, options, state } = create(3);
  t.deepEqual(picks(pool, 2), [0, 1]);
  pool.replace(snapshot(3), options);
  t.deepEqual(picks(pool, 2), [2, 0]);
  state.endpointSessions.set([5, 0, 5]);
  pool.replace(snapshot(3), options, 'least-sessions');
  t.deepEqual(picks(pool, 2), [1, 1]);
});

test('C7: the pool says what it is called that its latest snapshot is empty', (t) => {
  const { pool, options } = create(2);
  t.is(pool.empty, 'no_endpoint');
  pool.replace({ ...snapshot(0), empty: 'no_local_endpoint' }, options);
  t.is(pool.candidates(0, 3).next(), null);
  t.is(pool.empty, 'no_local_endpoint');
});

/** A pool whose reads of the snapshot, and of what workers share, are counted. */
function countReads(count: number, balance: Balance) {
  const reads = { count: 0 };
  const counting = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (of, key) => {
        reads.count++;
        return Reflect.get(of, key, of);
      },
    });
  const state = endpointState(count);
  const watched: EndpointState = { ...state, ejectedUntil: counting(state.ejectedUntil) };
  const all: Snapshot = {
    ...snapshot(count),
    endpoints: counting(endpoints(count)),
    hashTable: counting(buildHashTable(endpoints(count))),
  };
  const { load } = Atomics;
  return {
    reads,
    pool: new Pool(all, EJECTION, watched, () => 0.5, balance),
    /** Atomics takes no proxy: its own reads are counted while `play` runs. */
    during: (play: () => void) => {
      Atomics.load = ((...args: Parameters<typeof load>) => {
        reads.count++;
        return load(...args);
      }) as typeof load;
      play();
      Atomics.load = load;
    },
  };
}

for (const balance of BALANCES) {
  test(`with ${balance} a pick looks at no more with 10,000 endpoints than with 10`, (t) => {
    const [few, many] = [10, 10_000].map((count) => {
      const { pool, reads, during } = countReads(count, balance);
      fail(pool, 1, 3);
      during(() => pool.candidates(0, 3, CLIENT));
      // The reads are really seen: the walk that made the lists took at least one for each endpoint.
      t.true(reads.count >= count);
      const before = reads.count;
      during(() => {
        for (let pick = 0; pick < 100; pick++) {
          const candidates = pool.candidates(pick, 3, CLIENT, balance === 'round-robin' ? 5 : undefined);
          const first = candidates.next()!;
          pool.acquire(first);
          slotsOf(candidates);
          if (pick % 3 === 0) pool.release(first);
        }
      });
      return reads.count - before;
    });
    t.is(few, many);
    t.true(many! <= 100 * 13, `${many}`);
  });
}

// ── random events against an oracle that looks at everything each time ──

type Event =
  | { readonly kind: 'pick'; readonly worker: number }
  | { readonly kind: 'fail' | 'connect'; readonly worker: number; readonly slot: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'replace'; readonly worker: number; readonly slots: readonly number[] };

const SLOTS = 5;
const worker = fc.nat(1);
const slot = fc.nat(SLOTS - 1);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pick' as const), worker }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('fail' as const), worker, slot }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('connect' as const), worker, slot }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('replace' as const), worker, slots: fc.uniqueArray(slot) }),
  },
);

/** The rules in their plainest form: no list is kept, everything is worked out anew. */
class Oracle {
  readonly #after: number;
  readonly #percent: number;
  readonly #failures = new Array<number>(SLOTS).fill(0);
  readonly #until = new Array<number>(SLOTS).fill(0);

  constructor(after: number, percent: number) {
    this.#after = after;
    this.#percent = percent;
  }

  failed(slots: readonly number[], of: number, nowMs: number): FailureOutcome {
    this.#failures[of]! += 1;
    if (this.#after === 0 || this.#failures[of]! < this.#after) return 'counted';
    if (this.#until[of]! > nowMs) return 'counted';
    if (this.#ejected(slots, nowMs).length >= this.#bound(slots)) return 'ignored';
    this.#until[of] = nowMs + 100;
    return 'ejected';
  }

  connected(of: number): void {
    this.#failures[of] = 0;
    this.#until[of] = 0;
  }

  leftOut(slots: readonly number[], nowMs: number): readonly number[] {
    const ejected = this.#ejected(slots, nowMs);
    return ejected.length > this.#bound(slots) ? [] : ejected;
  }

  #ejected(slots: readonly number[], nowMs: number): number[] {
    return slots.filter((each) => this.#until[each]! > nowMs);
  }

  #bound(slots: readonly number[]): number {
    return Math.floor((slots.length * this.#percent) / 100);
  }
}

test('two workers that share their state behave as the rules say, whatever happens', (t) => {
  const run = fc.record({
    after: fc.integer({ min: 0, max: 3 }),
    percent: fc.oneof(fc.constantFrom(0, 50, 100), fc.nat(100)),
    events: fc.array(event, { maxLength: 120 }),
  });
  let ejections = 0;
  fc.assert(
    fc.property(run, ({ after, percent, events }) => {
      const options = { after, forMs: 100, maxShare: percent / 100 };
      const state = endpointState(SLOTS);
      const slots: (readonly number[])[] = [endpoints(SLOTS), endpoints(SLOTS)].map((all) =>
        all.map((e) => e.slot),
      );
      const pools = slots.map((each) => new Pool(snapshot(each.map(endpoint)), options, state, fromFirst));
      const oracle = new Oracle(after, percent);
      /** Where the next round of a worker has to begin, as long as nothing else happens. */
      const next: (number | null)[] = [null, null];
      let nowMs = 0;
      for (const each of events) {
        if (each.kind === 'wait') nowMs += each.ms;
        else if (each.kind === 'connect') {
          pools[each.worker]!.connected(endpoint(each.slot));
          oracle.connected(each.slot);
        } else if (each.kind === 'fail') {
          const outcome = pools[each.worker]!.failed(endpoint(each.slot), nowMs);
          t.is(outcome, oracle.failed(slots[each.worker]!, each.slot, nowMs));
          if (outcome === 'ejected') ejections++;
        } else if (each.kind === 'replace') {
          slots[each.worker] = each.slots;
          pools[each.worker]!.replace(snapshot(each.slots.map(endpoint)), options);
        }
        if (each.kind !== 'pick') {
          next.fill(null);
          continue;
        }
        const pool = pools[each.worker]!;
        const ejected = oracle.leftOut(slots[each.worker]!, nowMs);
        const usable = slots[each.worker]!.filter((one) => !ejected.includes(one));
        const ring = usable.length > 0 ? usable : ejected;
        const order = slotsOf(pool.candidates(nowMs, ALL));
        const last = ring === usable ? ejected : [];
        const sorted = [order.slice(0, ring.length).sort(), order.slice(ring.length).sort()];
        t.deepEqual(sorted, [ring.toSorted(), last.toSorted()]);
        const start = Math.max(ring.indexOf(order[0]!), 0);
        if (next[each.worker] !== null) t.is(start, next[each.worker]!);
        next[each.worker] = (start + 1) % Math.max(ring.length, 1);
        t.deepEqual(pool.counts(nowMs), { usable: usable.length, ejected: ejected.length });
      }
    }),
    { numRuns: 300 },
  );
  t.true(ejections > 0);
});
