import test from 'ava';
import fc from 'fast-check';
import { LeastSessions } from '../../../src/endpoints/balance/least-sessions.ts';
import { repeatable, ringOf, sharedSessions } from './rings.ts';

const FIRST = 100;

/** A worker that begins and ends sessions through its picker, as a pool does. */
function createWorker(sessions: Int32Array, random: () => number = () => 0) {
  const picker = new LeastSessions(sessions, random);
  const add = (at: number, count: number) => {
    Atomics.add(sessions, FIRST + at, count);
    picker.changed(FIRST + at);
  };
  return { picker, begin: (at: number) => add(at, 1), end: (at: number) => add(at, -1) };
}

test('sessions that come and go one by one still go to every endpoint in turn', (t) => {
  const { picker, begin, end } = createWorker(sharedSessions());
  const ring = ringOf(3);
  const picks = Array.from({ length: 6 }, () => {
    const at = picker.pick(ring);
    begin(at);
    end(at);
    return at;
  });
  t.deepEqual(picks, [0, 1, 2, 0, 1, 2]);
});

test('a burst of sessions is even although none of them has ended', (t) => {
  const sessions = sharedSessions();
  const { picker, begin } = createWorker(sessions);
  const ring = ringOf(7);
  for (let pick = 0; pick < 70; pick++) begin(picker.pick(ring));
  t.deepEqual([...sessions.subarray(FIRST, FIRST + 7)], [10, 10, 10, 10, 10, 10, 10]);
});

test('workers begin at different endpoints of an idle ring', (t) => {
  const picks = [0, 0.3, 0.7].map((random) =>
    createWorker(sharedSessions(), () => random).picker.pick(ringOf(10)),
  );
  t.deepEqual(picks, [0, 3, 7]);
});

test('a new endpoint gets the sessions until it has as many as the others', (t) => {
  const sessions = sharedSessions();
  const { picker, begin } = createWorker(sessions);
  for (let pick = 0; pick < 30; pick++) begin(picker.pick(ringOf(3)));
  const grown = ringOf(4);
  const picks = Array.from({ length: 10 }, () => {
    const at = picker.pick(grown);
    begin(at);
    return at;
  });
  t.deepEqual(picks, new Array(10).fill(3));
});

test('sessions of an endpoint that the ring no longer has are ignored', (t) => {
  const { picker, begin, end } = createWorker(sharedSessions());
  const whole = ringOf(3);
  for (let pick = 0; pick < 3; pick++) begin(picker.pick(whole));
  const less = ringOf(3, [2]);
  picker.pick(less);
  t.notThrows(() => end(2));
  t.notThrows(() => begin(2));
  const picks = [picker.pick(less)];
  begin(picks[0]!);
  picks.push(picker.pick(less));
  t.deepEqual(picks.sort(), [0, 1]);
});

test('with one worker whoever is picked has the fewest sessions, whatever begins and ends', (t) => {
  const size = 6;
  const event = fc.oneof(
    { weight: 3, arbitrary: fc.constant(-1) },
    { weight: 2, arbitrary: fc.nat(size - 1) },
  );
  let ended = 0;
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 80 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      (events, from) => {
        const sessions = sharedSessions();
        const { picker, begin, end } = createWorker(sessions, () => from);
        const ring = ringOf(size);
        const counts = sessions.subarray(FIRST, FIRST + size);
        for (const each of events) {
          if (each >= 0 && counts[each]! > 0) {
            end(each);
            ended++;
          }
          if (each >= 0) continue;
          const at = picker.pick(ring);
          t.is(counts[at], Math.min(...counts));
          begin(at);
        }
      },
    ),
    { numRuns: 200 },
  );
  t.true(ended > 0);
});

test('sessions that another worker began are seen before they are added to', (t) => {
  const sessions = sharedSessions();
  const [one, other] = [createWorker(sessions), createWorker(sessions)];
  const ring = ringOf(4);
  const picks = Array.from({ length: 8 }, (_, turn) => {
    const { picker, begin } = turn % 2 === 0 ? one : other;
    const at = picker.pick(ring);
    begin(at);
    return at;
  });
  t.deepEqual(picks, [0, 1, 2, 3, 0, 1, 2, 3]);
});

test('sessions that ended in another worker are noticed within half as many picks as there are endpoints', (t) => {
  const size = 40;
  const sessions = sharedSessions();
  const { picker, begin } = createWorker(sessions);
  const ring = ringOf(size);
  for (let pick = 0; pick < 5 * size; pick++) begin(picker.pick(ring));
  // All five sessions of the endpoint that this worker would read last.
  const free = size - 1;
  Atomics.store(sessions, FIRST + free, 0);
  let picks = 1;
  for (let at = picker.pick(ring); at !== free; at = picker.pick(ring), picks++) begin(at);
  t.true(picks <= size / 2, `${picks}`);
});

test('two workers that share their sessions stay within two of even, as they come and go', (t) => {
  const sessions = sharedSessions();
  const random = repeatable();
  const workers = [createWorker(sessions, random), createWorker(sessions, random)];
  const ring = ringOf(10);
  const counts = sessions.subarray(FIRST, FIRST + 10);
  const held: { worker: number; at: number }[] = [];
  let worst = 0;
  for (let step = 0; step < 5000; step++) {
    const worker = random() < 0.5 ? 0 : 1;
    if (held.length >= 200) {
      const [left] = held.splice(Math.floor(random() * held.length), 1);
      workers[left!.worker]!.end(left!.at);
      continue;
    }
    const at = workers[worker]!.picker.pick(ring);
    worst = Math.max(worst, counts[at]! - Math.min(...counts));
    workers[worker]!.begin(at);
    held.push({ worker, at });
  }
  t.true(worst <= 2, `${worst}`);
});

test('of those that were not tried the one with the fewest sessions is next, of all workers', (t) => {
  const sessions = sharedSessions();
  const { picker, begin } = createWorker(sessions);
  const ring = ringOf(4);
  for (const [at, count] of [
    [1, 2],
    [2, 3],
    [3, 9],
  ] as const)
    for (let session = 0; session < count; session++) begin(at);
  t.is(picker.pick(ring), 0);
  t.is(picker.pick(ring, null, new Set([0])), 1);
  t.is(picker.pick(ring, null, new Set([0, 1])), 2);
  t.is(picker.pick(ring, null, new Set([0, 1, 2])), 3);
  // Another worker has begun sessions that this one has not seen yet.
  Atomics.add(sessions, FIRST + 1, 5);
  t.is(picker.pick(ring, null, new Set([0])), 2);
});

test('an endpoint that refuses always has the fewest sessions, and those that try it first spread over all others', (t) => {
  const sessions = sharedSessions();
  const { picker, begin, end } = createWorker(sessions);
  const ring = ringOf(4);
  for (let session = 0; session < 30; session++) {
    const first = picker.pick(ring);
    begin(first);
    if (first !== 2) continue;
    end(first);
    begin(picker.pick(ring, null, new Set([2])));
  }
  t.deepEqual([...sessions.subarray(FIRST, FIRST + 4)], [10, 10, 0, 10]);
});

test('a session that still uses a former ring does not cause a rebuild', (t) => {
  const sessions = sharedSessions();
  const { picker } = createWorker(sessions);
  const [before, now] = [ringOf(5), ringOf(5, [4])];
  picker.pick(now);
  const { load } = Atomics;
  let loads = 0;
  Atomics.load = ((...args: Parameters<typeof load>) => {
    loads++;
    return load(...args);
  }) as typeof load;
  t.teardown(() => {
    Atomics.load = load;
  });
  const again = new Set(Array.from({ length: 20 }, () => picker.pick(before, null, new Set([0, 1, 2]))));
  Atomics.load = load;
  for (const at of again) t.true(at === 3 || at === 4);
  t.true(loads <= 40, `${loads}`);
});
