import test from 'ava';
import { ALL, create, endpoint, fail, picks, probe, slotsOf } from './pool-parts.ts';

// Endpoints that health checks have found down.

test('an endpoint found down by a check is the last candidate, and returns at once when it is up', (t) => {
  const { pool, state } = create(4);
  t.deepEqual(picks(pool, 1), [0]);
  probe(state, 1, 1);
  t.deepEqual(slotsOf(pool.candidates(0, ALL)), [2, 0, 3, 1]);
  t.deepEqual(pool.counts(0), { usable: 3, ejected: 1 });
  t.true(pool.isEjected(endpoint(1), 0));
  probe(state, 0, 1);
  t.deepEqual(pool.counts(0), { usable: 4, ejected: 0 });
});

test('checks may leave out all endpoints but one, and if all are down they are tried in turn', (t) => {
  const { pool, state } = create(4, { maxShare: 0 });
  probe(state, 1, 0, 1, 3);
  t.deepEqual(pool.counts(0), { usable: 1, ejected: 3 });
  t.deepEqual(picks(pool, 3), [2, 2, 2]);
  probe(state, 1, 2);
  t.deepEqual(pool.counts(0), { usable: 0, ejected: 4 });
  t.deepEqual(picks(pool, 4).sort(), [0, 1, 2, 3]);
});

test('the limit of ejections is a share of the endpoints that checks have not found down', (t) => {
  const { pool, state } = create(8, { after: 1, maxShare: 0.5 });
  probe(state, 1, 4, 5, 6, 7);
  const outcomes = [0, 1, 2, 4].map((slot) => pool.failed(endpoint(slot), 0));
  t.deepEqual(outcomes, ['ejected', 'ejected', 'ignored', 'counted']);
  const slots = slotsOf(pool.candidates(0, ALL));
  t.deepEqual(slots.slice(0, 2), [2, 3]);
  t.deepEqual(slots.slice(2).sort(), [0, 1, 4, 5, 6, 7]);
  // One more goes down: two ejected of three exceed the limit, so all that are up are used.
  probe(state, 1, 3);
  t.deepEqual(pool.counts(0), { usable: 3, ejected: 5 });
});

test('an accepted connection does not override a failed check', (t) => {
  const { pool, state } = create(2);
  probe(state, 1, 0);
  fail(pool, 0, 1);
  pool.connected(endpoint(0));
  t.true(pool.isEjected(endpoint(0), 0));
});
