import test from 'ava';
import fc from 'fast-check';
import { createArrivals } from '../../src/load/arrivals.ts';

/** A seeded generator of random numbers: mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const take = (count: number, next: () => number) => Array.from({ length: count }, next);

test('constant arrivals of all threads together are a second apart by the rate, with none missing', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 1, max: 8 }), (rate, threads) => {
      const all = Array.from({ length: threads }, (_, thread) =>
        take(20, createArrivals({ rate, kind: 'constant', thread, threads, random: Math.random })),
      ).flat();
      all.sort((a, b) => a - b);
      t.deepEqual(
        all.map((at) => Math.round((at * rate) / 1e6)),
        [...all.keys()],
      );
    }),
  );
});

test('constant arrivals do not drift: the millionth is where it belongs', (t) => {
  const next = createArrivals({ rate: 3, kind: 'constant', thread: 0, threads: 1, random: Math.random });
  for (let number = 0; number < 1_000_000; number++) next();
  t.is(next(), 1_000_000 * (1e6 / 3));
});

test('poisson arrivals only go forward, and have the mean and the spread of exponential gaps', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer(),
      (rate, threads, seed) => {
        const random = createRandom(seed);
        const times = take(20_000, createArrivals({ rate, kind: 'poisson', thread: 0, threads, random }));
        const gaps = times.map((at, index) => at - (times[index - 1] ?? 0));
        t.true(gaps.every((gap) => gap >= 0));
        const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
        const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
        const expected = (1e6 / rate) * threads;
        // 20,000 gaps: the mean's own deviation is 0.7 %, and five of them never happen.
        t.true(Math.abs(mean / expected - 1) < 0.036, `${mean} beside ${expected}`);
        t.true(Math.abs(spread / expected - 1) < 0.08, `${spread} beside ${expected}`);
      },
    ),
    { numRuns: 20 },
  );
});
