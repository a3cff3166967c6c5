import test from 'ava';
import fc from 'fast-check';
import { SessionLimit } from '../../src/shared-memory/session-limit.ts';

const cells = (listeners = 3) => new Int32Array(new SharedArrayBuffer(4 * listeners));

test('as many sessions as the limit are reserved, and not one more', (t) => {
  const limit = new SessionLimit(cells(), 1, 3);
  t.deepEqual(
    Array.from({ length: 5 }, () => limit.acquire()),
    [true, true, true, false, false],
  );
});

test('a place that was given back can be reserved again, and a refusal takes none', (t) => {
  const reserved = cells();
  const limit = new SessionLimit(reserved, 1, 2);
  for (let call = 0; call < 6; call++) limit.acquire();
  t.is(reserved[1], 2);
  limit.release();
  t.deepEqual([limit.acquire(), limit.acquire()], [true, false]);
});

test('workers that share the reservations share the limit', (t) => {
  const reserved = cells();
  const [one, other] = [new SessionLimit(reserved, 0, 2), new SessionLimit(reserved, 0, 2)];
  t.deepEqual([one.acquire(), other.acquire(), one.acquire(), other.acquire()], [true, true, false, false]);
  other.release();
  t.true(one.acquire());
});

test('listeners have places of their own', (t) => {
  const reserved = cells();
  t.true(new SessionLimit(reserved, 0, 1).acquire());
  t.true(new SessionLimit(reserved, 1, 1).acquire());
  t.deepEqual([...reserved], [1, 1, 0]);
});

test('a limit that was lowered lets nobody in until enough have left', (t) => {
  const reserved = cells();
  const before = new SessionLimit(reserved, 0, 3);
  for (let call = 0; call < 3; call++) before.acquire();
  const after = new SessionLimit(reserved, 0, 1);
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
      const reserved = cells(1);
      const workers = [new SessionLimit(reserved, 0, max), new SessionLimit(reserved, 0, max)];
      let open = 0;
      for (const { comes, worker } of all) {
        if (comes) {
          t.is(workers[worker]!.acquire(), open < max);
          open = Math.min(open + 1, max);
        } else if (open > 0) {
          workers[worker]!.release();
          open--;
        }
        t.is(reserved[0], open);
      }
    }),
  );
});
