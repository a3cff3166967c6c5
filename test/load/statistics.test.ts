import test from 'ava';
import fc from 'fast-check';
import { median, medianInterval, summarize } from '../../src/load/statistics.ts';

test('the median is the middle one, or the mean of the two in the middle, in any order', (t) => {
  t.is(median([3, 1, 2]), 2);
  t.is(median([4, 1, 3, 2]), 2.5);
  t.is(median([7]), 7);
});

test('the interval is of figures that were measured, and holds their median', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 60 }), (figures) => {
      const [low, high] = medianInterval(figures);
      t.true(figures.includes(low) && figures.includes(high));
      t.true(low <= median(figures) && median(figures) <= high);
    }),
  );
});

test('of ten figures the lowest and the highest are left out; of few none is', (t) => {
  t.deepEqual(medianInterval([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]), [1, 8]);
  t.deepEqual(medianInterval([3, 1, 2]), [1, 3]);
});

test('it holds the true median at least 95 times of 100', (t) => {
  // Computed, not sampled: the number of figures below the median is binomial.
  for (let n = 6; n <= 30; n++) {
    const ranks = Array.from({ length: n }, (_, rank) => rank);
    const [low, high] = medianInterval(ranks);
    let inside = 0;
    for (let below = 0; below <= n; below++) {
      // The median lies above the figure of rank `low` where more than `low` lie below it.
      if (low < below && below <= high) inside += binomial(n, below) / 2 ** n;
    }
    t.true(inside >= 0.95, `${n}: ${inside}`);
  }
});

test('of nothing there is no summary', (t) => {
  t.is(summarize([]), null);
  t.deepEqual(summarize([2, 1, 3]), { median: 2, low: 1, high: 3, count: 3 });
});

function binomial(n: number, k: number): number {
  let result = 1;
  for (let each = 1; each <= k; each++) result = (result * (n - k + each)) / each;
  return result;
}
