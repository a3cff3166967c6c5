import test from 'ava';
import fc from 'fast-check';
import { SessionLimit } from '../../src/shared-memory/session-limit.ts';

const shared = (cells: number) => new Int32Array(new SharedArrayBuffer(4 * cells));
const cells = (listeners = 3) => ({ reserved: shared(listeners), reservedOfAll: shared(1) });

/** The limit of one listener. */
const limitOf = (state: ReturnType<typeof cells>, listener: number, max: number, ofAll = 0) =>
  new SessionLimit(state, listener, { maxSessions: max, maxSessionsOfAll: ofAll });

test('as many sessions as the limit are reserved, and not one more', (t) => {
  const limit = limitOf(cells(), 1, 3);
  t.deepEqual(
    Array.from({ length: 5 }, () => limit.acquire()),
    [true, true, true, false, false],
  );
});

test('a place that was given back can be reserved again, and a refusal takes none', (t) => {
  const state = cells();
  const limit = limitOf(state, 1, 2);
  for (let call = 0; call < 6; call++) limit.acquire();
  t.is(state.reserved[1], 2);
  limit.release();
  t.deepEqual([limit.acquire(), limit.acquire()], [true, false]);
});

test('workers that share the reservations share the limit', (t) => {
  const state = cells();
  const [one, other] = [limitOf(state, 0, 2), limitOf(state, 0, 2)];
  t.deepEqual([one.acquire(), other.acquire(), one.acquire(), other.acquire()], [true, true, false, false]);
  other.release();
  t.true(one.acquire());
});

test('listeners have places of their own', (t) => {
  const state = cells();
  t.true(limitOf(state, 0, 1).acquire());
  t.true(limitOf(state, 1, 1).acquire());
  t.deepEqual([...state.reserved], [1, 1, 0]);
});

test('a limit that was lowered lets nobody in until enough have left', (t) => {
  const state = cells();
  const before = limitOf(state, 0, 3);
  for (let call = 0; call < 3; call++) before.acquire();
  const after = limitOf(state, 0, 1);
  before.release();
  before.release();
  t.false(after.acquire());
  before.release();
  t.true(after.acquire());
});

test('whoever comes and goes, the places that are taken are those that were granted', (t) => {
  const steps = fc.array(fc.record({ comes: fc.boolean(), worker: fc.nat(1) }), { maxLength: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), steps, (max, all) => {
      const state = cells(1);
      const workers = [limitOf(state, 0, max), limitOf(state, 0, max)];
      let open = 0;
      for (const { comes, worker } of all) {
        if (comes) {
          t.is(workers[worker]!.acquire(), open < max);
          open = Math.min(open + 1, max);
        } else if (open > 0) {
          workers[worker]!.release();
          open--;
        }
        t.is(state.reserved[0], open);
      }
    }),
  );
});

test('all listeners together have no more than they may, and a refusal takes no place of either kind', (t) => {
  const state = cells();
  const [web, mail] = [limitOf(state, 0, 3, 4), limitOf(state, 1, 3, 4)];
  t.deepEqual([web.acquire(), web.acquire(), web.acquire(), web.acquire()], [true, true, true, false]);
  t.deepEqual([mail.acquire(), mail.acquire()], [true, false]);
  t.deepEqual([[...state.reserved], state.reservedOfAll[0]], [[3, 1, 0], 4]);
  web.release();
  t.deepEqual([mail.acquire(), mail.acquire()], [true, false]);
  t.deepEqual([[...state.reserved], state.reservedOfAll[0]], [[2, 2, 0], 4]);
});
