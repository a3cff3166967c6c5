import test from 'ava';
import fc from 'fast-check';
import { REASON_NAMES } from '../../src/plan/close-reason.ts';
import { CONNECT_FAILURES } from '../../src/plan/connect-failure.ts';
import {
  COUNTER,
  FAILURE_AT,
  HISTOGRAM_AT,
  HISTOGRAMS,
  type HistogramName,
  observe,
  REASON_AT,
  ROW_CELLS,
} from '../../src/shared-memory/counters.ts';

const NAMES = Object.keys(HISTOGRAMS) as HistogramName[];

/** What a histogram holds: the buckets, the one above all bounds, the sum. */
function held(row: Float64Array, name: HistogramName) {
  const at = HISTOGRAM_AT[name];
  const bounds = HISTOGRAMS[name].length;
  return { buckets: [...row.subarray(at, at + bounds + 1)], sum: row[at + bounds + 1]! };
}

test('no two counters of a row share a cell, and a row has room for all', (t) => {
  const cells = [
    ...Object.values(COUNTER),
    ...REASON_NAMES.map((_, index) => REASON_AT + index),
    ...CONNECT_FAILURES.map((_, index) => FAILURE_AT + index),
    ...NAMES.flatMap((name) =>
      [...HISTOGRAMS[name], 'above', 'sum'].map((_, index) => HISTOGRAM_AT[name] + index),
    ),
  ];
  t.true(cells.length > 50);
  t.is(new Set(cells).size, cells.length);
  t.true(Math.min(...cells) >= 0 && Math.max(...cells) < ROW_CELLS);
});

test('a row is whole cache lines of 64 bytes', (t) => {
  t.is((ROW_CELLS * 8) % 64, 0);
});

for (const name of NAMES) {
  test(`the bounds of ${name} rise, so that every duration has one bucket`, (t) => {
    const bounds: readonly number[] = HISTOGRAMS[name];
    t.true(bounds.length > 10);
    t.deepEqual(
      [...bounds].sort((a, b) => a - b),
      [...bounds],
    );
    t.is(new Set(bounds).size, bounds.length);
  });

  test(`a duration of ${name} at a bound counts in that bound's bucket, just above it in the next one`, (t) => {
    const bounds: readonly number[] = HISTOGRAMS[name];
    for (const [index, bound] of bounds.entries()) {
      const row = new Float64Array(ROW_CELLS);
      observe(row, name, bound);
      observe(row, name, bound * 1.0001);
      const { buckets, sum } = held(row, name);
      t.deepEqual([buckets[index], buckets[index + 1]], [1, 1], `${bound}`);
      t.is(
        buckets.reduce((all, count) => all + count),
        2,
      );
      t.is(sum, bound + bound * 1.0001);
    }
  });
}

test('nothing at all counts in the first bucket, and an age in the last one', (t) => {
  const row = new Float64Array(ROW_CELLS);
  observe(row, 'sessionDuration', 0);
  observe(row, 'sessionDuration', 1e12);
  const { buckets } = held(row, 'sessionDuration');
  t.deepEqual([buckets.at(0), buckets.at(-1)], [1, 1]);
});

test('whatever is observed, each bucket holds what is at most its bound, and touches no other counter', (t) => {
  const values = fc.array(fc.double({ min: 0, max: 2e8, noNaN: true }), { maxLength: 50 });
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), values, (name, observed) => {
      const row = new Float64Array(ROW_CELLS);
      for (const ms of observed) observe(row, name, ms);
      const { buckets, sum } = held(row, name);
      let below = 0;
      for (const [index, bound] of HISTOGRAMS[name].entries()) {
        below += buckets[index]!;
        t.is(below, observed.filter((ms) => ms <= bound).length);
      }
      t.is(below + buckets.at(-1)!, observed.length);
      t.is(
        sum,
        observed.reduce((all, ms) => all + ms, 0),
      );
      row.fill(0, HISTOGRAM_AT[name], HISTOGRAM_AT[name] + HISTOGRAMS[name].length + 2);
      t.true(row.every((cell) => cell === 0));
    }),
  );
});
