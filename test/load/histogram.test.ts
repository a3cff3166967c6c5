import test from 'ava';
import fc from 'fast-check';
import { Histogram, MIN_SAMPLES, PERCENTILES } from '../../src/load/histogram.ts';

test('nothing has no figures, and no curve', (t) => {
  t.is(new Histogram().figures(), null);
  t.deepEqual(new Histogram().curve(), []);
});

test('percentiles are those of the sorted times, to three digits; the slowest is exact', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(4_000_000_000), { minLength: 1, maxLength: 300 }), (times) => {
      const histogram = new Histogram();
      histogram.add(Uint32Array.from(times));
      const sorted = times.map((time) => Math.min(time, 3_600_000_000)).sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)]!;
      const { count, p50, p90, p95, p99, max } = histogram.figures()!;
      t.is(count, times.length);
      t.is(max, sorted.at(-1)!);
      for (const [found, share, least] of [
        [p50, 0.5, 2],
        [p90, 0.9, 10],
        [p95, 0.95, 20],
        [p99, 0.99, 100],
      ] as const) {
        if (count < least) t.is(found, null);
        else {
          const expected = at(share);
          t.true(found! >= expected && found! <= expected * 1.001 + 1, `${found} beside ${expected}`);
        }
      }
    }),
  );
});

for (const percentile of ['p50', 'p90', 'p95', 'p99', 'p999'] as const) {
  test(`${percentile} is there from ${MIN_SAMPLES[percentile]} samples on, and then is not the slowest`, (t) => {
    const least = MIN_SAMPLES[percentile];
    const histogram = new Histogram();
    histogram.add(Uint32Array.from({ length: least - 1 }, (_, at) => at + 1));
    t.is(histogram.figures()![percentile], null);
    histogram.add(Uint32Array.of(1_000_000));
    const { max, ...figures } = histogram.figures()!;
    t.is(max, 1_000_000);
    t.true(figures[percentile]! < 1_000_000);
  });
}

test('of one sample only the slowest is told, and the curve has no percentile that nothing lies above', (t) => {
  const histogram = new Histogram();
  histogram.add(Uint32Array.of(7));
  t.deepEqual(histogram.figures(), {
    ...{ count: 1, p50: null, p90: null, p95: null, p99: null, p999: null },
    max: 7,
  });
  t.deepEqual(histogram.curve(), [
    [0, 7],
    [100, 7],
  ]);
  const thousand = new Histogram();
  thousand.add(new Uint32Array(1000).fill(7));
  t.deepEqual(thousand.curve().at(-2), [99.9, 7]);
});

test('two histograms are put together', (t) => {
  const [one, other] = [new Histogram(), new Histogram()];
  one.add(Uint32Array.of(1, 2, 3));
  other.add(Uint32Array.of(4, 100));
  one.merge(other);
  t.like(one.figures(), { count: 5, p50: 3, max: 100 });
  t.is(other.count, 2);
});

test('one of a thousand shows in p99.9 and not before', (t) => {
  const histogram = new Histogram();
  histogram.add(new Uint32Array(998).fill(100));
  histogram.add(Uint32Array.of(1_000_000, 1_000_000));
  t.deepEqual(
    PERCENTILES.map((each) => Math.round(histogram.figures()![each]! / 1000)),
    [0, 0, 0, 0, 1000, 1000],
  );
  const curve = histogram.curve();
  t.deepEqual(curve.at(-1), [100, 1_000_000]);
  t.true(curve.every(([, us], index) => us >= (curve[index - 1]?.[1] ?? 0)));
});
