import test from 'ava';
import fc from 'fast-check';
import { Histogram } from '../../src/load/histogram.ts';

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
      const { p50, p90, p99, p999, max } = histogram.figures()!;
      t.is(max, sorted.at(-1)!);
      for (const [found, expected] of [
        [p50, at(0.5)],
        [p90, at(0.9)],
        [p99, at(0.99)],
        [p999, at(0.999)],
      ] as const) {
        t.true(found >= expected && found <= expected * 1.001 + 1, `${found} beside ${expected}`);
      }
    }),
  );
});

test('one of a thousand shows in p99.9 and not before', (t) => {
  const histogram = new Histogram();
  histogram.add(new Uint32Array(998).fill(100));
  histogram.add(Uint32Array.of(1_000_000, 1_000_000));
  t.deepEqual(
    Object.values(histogram.figures()!).map((us) => Math.round(us / 1000)),
    [0, 0, 0, 1000, 1000],
  );
  const curve = histogram.curve();
  t.deepEqual(curve.at(-1), [100, 1_000_000]);
  t.true(curve.every(([, us], index) => us >= (curve[index - 1]?.[1] ?? 0)));
});
