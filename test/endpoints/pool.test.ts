import test from 'ava';
import { Pool } from '../../src/endpoints/pool.ts';
import {
  ALL,
  BALANCES,
  CLIENT,
  create,
  EJECTION,
  endpoint,
  endpointState,
  endpoints,
  fromFirst,
  hashed,
  picks,
  probe,
  slotsOf,
  snapshot,
} from './pool-parts.ts';

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

test('a usable preferred slot is tried first and does not advance the round', (t) => {
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

test('a new balance applies from the next pick on; without one the old one stays', (t) => {
  const { pool, options, state } = create(3);
  t.deepEqual(picks(pool, 2), [0, 1]);
  pool.replace(snapshot(3), options);
  t.deepEqual(picks(pool, 2), [2, 0]);
  state.endpointSessions.set([5, 0, 5]);
  pool.replace(snapshot(3), options, 'least-sessions');
  t.deepEqual(picks(pool, 2), [1, 1]);
});

test('C7: an empty pool reports the reason of its latest snapshot', (t) => {
  const { pool, options } = create(2);
  t.is(pool.empty, 'no_endpoint');
  pool.replace({ ...snapshot(0), empty: 'no_local_endpoint' }, options);
  t.is(pool.candidates(0, 3).next(), null);
  t.is(pool.empty, 'no_local_endpoint');
});
