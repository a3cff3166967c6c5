import test from 'ava';
import { Pool } from '../../src/endpoints/pool.ts';
import { ALL, create, endpoint, endpoints, fail, fromFirst, picks, slotsOf, snapshot } from './pool-parts.ts';

// Ejection: when an endpoint is left out for its failures, for how long, and how many may be.

test('exactly the configured number of failures in a row ejects an endpoint', (t) => {
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
  // Both have built their rings before the failures.
  t.deepEqual([picks(one, 1), picks(other, 1)], [[0], [0]]);
  t.deepEqual(
    [...fail(one, 2, 1), ...fail(other, 2, 1), ...fail(one, 2, 1)],
    ['counted', 'counted', 'ejected'],
  );
  t.deepEqual(picks(other, 3), [1, 3, 0]);
  other.connected(endpoint(2));
  t.deepEqual(picks(one, 4).sort(), [0, 1, 2, 3]);
});

/** The endpoint object that the pool has in the slot. */
function snapshotOf(pool: Pool, slot: number) {
  const candidates = pool.candidates(0, ALL);
  for (let next = candidates.next(); next !== null; next = candidates.next())
    if (next.slot === slot) return next;
  throw new Error(`no endpoint in slot ${slot}`);
}

test('isEjected is true for ejected endpoints only', (t) => {
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

test('an accepted connection resets the failures of its own endpoint only', (t) => {
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

test('an ejection ends exactly at its time, not a millisecond earlier', (t) => {
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

test('if all endpoints are ejected, sessions still try them in turn', (t) => {
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
