import test from 'ava';
import fc from 'fast-check';
import { createThrottle } from '../../src/discovery/throttle.ts';
import { turnedClock } from '../helpers/turned-clock.ts';

/** A throttle of a run that ends at once, after `tookMs`. */
function ofCalls(tookMs = 0) {
  const clock = turnedClock();
  const runs: number[] = [];
  const throttle = createThrottle({
    everyMs: 50,
    clock,
    run: () => {
      runs.push(clock.now());
      if (tookMs > 0) clock.advance(tookMs);
    },
  });
  return { clock, runs, throttle };
}

/** A throttle of a run that a test ends. */
function ofPromises() {
  const clock = turnedClock();
  const runs: number[] = [];
  const ends: (() => void)[] = [];
  const throttle = createThrottle({
    everyMs: 50,
    clock,
    run: () => {
      runs.push(clock.now());
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  });
  /** The run under way is over. */
  const end = async () => {
    ends.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, runs, throttle, end };
}

test('W10: the first request runs at once, those of the next 50 ms together at their end', (t) => {
  const { clock, runs, throttle } = ofCalls();
  throttle.request();
  t.deepEqual(runs, [0]);
  for (let at = 0; at < 4; at++) {
    clock.advance(10);
    throttle.request();
  }
  t.deepEqual(runs, [0]);
  clock.advance(10);
  t.deepEqual(runs, [0, 50]);
  clock.advance(50);
  t.deepEqual(runs, [0, 50]);
  throttle.request();
  t.deepEqual(runs, [0, 50, 100]);
});

test('a run that takes long is followed by a rest of four times as long', (t) => {
  const { clock, throttle } = ofCalls(100);
  throttle.request();
  throttle.request();
  t.deepEqual(clock.waiting, [400]);
});

test('the rest after a run is at most a second', (t) => {
  const { clock, throttle } = ofCalls(5000);
  throttle.request();
  throttle.request();
  t.deepEqual(clock.waiting, [1000]);
});

test('a request made while a run is under way is served by another run, after that one and its rest', async (t) => {
  const { clock, runs, throttle, end } = ofPromises();
  throttle.request();
  throttle.request();
  clock.advance(20);
  t.deepEqual(runs, [0]);
  await end();
  clock.advance(79);
  t.deepEqual(runs, [0]);
  clock.advance(1);
  t.deepEqual(runs, [0, 100]);
  await end();
  clock.advance(10_000);
  t.deepEqual(runs, [0, 100]);
});

test('a run may request the next one, which is not nested in it', (t) => {
  const clock = turnedClock();
  const runs: number[] = [];
  const throttle = createThrottle({
    everyMs: 50,
    clock,
    run: () => {
      runs.push(clock.now());
      throttle.request();
    },
  });
  throttle.request();
  t.deepEqual(runs, [0]);
  clock.advance(100);
  t.deepEqual(runs, [0, 50, 100]);
});

test('a run that throws does not keep the next one from running', (t) => {
  const clock = turnedClock();
  let runs = 0;
  const throttle = createThrottle({
    everyMs: 50,
    clock,
    run: () => {
      runs++;
      throw new Error('a bug');
    },
  });
  t.throws(() => throttle.request(), { message: 'a bug' });
  clock.advance(50);
  t.throws(() => throttle.request(), { message: 'a bug' });
  t.is(runs, 2);
});

test('after a stop nothing runs', async (t) => {
  for (const make of [ofCalls, ofPromises]) {
    const { clock, runs, throttle } = make();
    throttle.request();
    throttle.request();
    throttle.stop();
    throttle.request();
    clock.advance(1000);
    t.is(runs.length, 1);
    t.deepEqual(clock.waiting, []);
  }
  const { clock, runs, throttle, end } = ofPromises();
  throttle.request();
  throttle.request();
  throttle.stop();
  await end();
  clock.advance(1000);
  t.is(runs.length, 1);
});

test('whenever it is requested, a run follows within 50 ms, and no two are nearer than that', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(80), { minLength: 1 }), (gaps) => {
      const { clock, runs, throttle } = ofCalls();
      const asked: number[] = [];
      for (const gap of gaps) {
        clock.advance(gap);
        asked.push(clock.now());
        throttle.request();
      }
      clock.advance(50);
      t.true(asked.every((at) => runs.some((run) => run >= at && run <= at + 50)));
      t.true(runs.every((run, at) => at === 0 || run - runs[at - 1]! >= 50));
    }),
  );
});

test('whatever is requested and however long runs take, they never overlap and each request has a later run', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ gap: fc.nat(60), ends: fc.boolean() })), async (steps) => {
      const clock = turnedClock();
      let running = 0;
      let events = 0;
      let seen = 0;
      const ends: (() => void)[] = [];
      const throttle = createThrottle({
        everyMs: 50,
        clock,
        run: async () => {
          t.is(++running, 1);
          seen = events;
          await new Promise<void>((resolve) => ends.push(resolve));
          running--;
        },
      });
      const end = async () => {
        ends.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      };
      for (const { gap, ends: isEnding } of steps) {
        clock.advance(gap);
        events++;
        throttle.request();
        if (isEnding) await end();
      }
      for (let round = 0; round < 3; round++) {
        await end();
        clock.advance(1000);
      }
      t.is(seen, events);
    }),
    { numRuns: 50 },
  );
});
