import test from 'ava';
import fc from 'fast-check';
import { createBackoff, createPace, pause } from '../../src/discovery/backoff.ts';
import { turnedClock } from '../helpers/turned-clock.ts';

const W7 = { firstMs: 800, mostMs: 30_000, resetMs: 120_000 };

test('W7: 800 ms, doubled up to 30 s', (t) => {
  const backoff = createBackoff(W7, turnedClock(), () => 0);
  const waits = Array.from({ length: 8 }, () => backoff.next());
  t.deepEqual(waits, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});

test('W7: jitter makes it up to twice as long, never shorter', (t) => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      const wait = createBackoff(W7, turnedClock(), () => random).next();
      t.true(wait >= 800 && wait <= 1600);
    }),
  );
});

test('W7: it begins anew after two minutes without a failure, counted from the end of the last wait', (t) => {
  const clock = turnedClock();
  const backoff = createBackoff(W7, clock, () => 0);
  backoff.next();
  clock.advance(800 + 120_000);
  t.is(backoff.next(), 1600);
  clock.advance(1600 + 120_001);
  t.is(backoff.next(), 800);
});

test('W7: what a server asks for is the least', (t) => {
  const backoff = createBackoff(W7, turnedClock(), () => 0);
  t.is(backoff.next(5000), 5000);
  t.is(backoff.next(10), 1600);
});

test('a pause ends when its time has come, or at the signal, and leaves nothing waiting', async (t) => {
  const clock = turnedClock();
  const abort = new AbortController();
  const first = pause(100, clock, abort.signal);
  clock.advance(100);
  await first;
  const second = pause(100, clock, abort.signal);
  abort.abort();
  await second;
  await pause(100, clock, abort.signal);
  t.deepEqual(clock.waiting, []);
});

test('three attempts may begin at once, and then one a second', (t) => {
  const clock = turnedClock();
  const pace = createPace(clock);
  t.deepEqual([pace.reserve(), pace.reserve(), pace.reserve(), pace.reserve()], [0, 0, 0, 1000]);
  clock.advance(1000);
  t.is(pace.reserve(), 1000);
  clock.advance(1500);
  t.is(pace.reserve(), 500);
});

test('unused attempts are kept, up to three', (t) => {
  const clock = turnedClock();
  const pace = createPace(clock);
  clock.advance(60_000);
  t.deepEqual([pace.reserve(), pace.reserve(), pace.reserve()], [0, 0, 0]);
  t.true(pace.reserve() > 0);
});

test('waiting as returned allows 62 attempts in the first minute', (t) => {
  const clock = turnedClock();
  const pace = createPace(clock);
  let opened = 0;
  for (;;) {
    clock.advance(pace.reserve());
    if (clock.now() >= 60_000) break;
    opened++;
  }
  t.is(opened, 62);
});
