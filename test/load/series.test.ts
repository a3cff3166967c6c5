import test from 'ava';
import { type Batch, COUNT, createCounts, failureAt } from '../../src/load/samples.ts';
import { Series } from '../../src/load/series.ts';

function batch(times: readonly number[], { requests = times.length, resets = 0 } = {}): Batch {
  const counts = createCounts();
  counts[COUNT.requests] = requests;
  counts[COUNT.sentBytes] = 100;
  counts[COUNT.receivedBytes] = 200;
  counts[failureAt('reset')] = resets;
  const none = new Uint32Array(0);
  return { connect: Uint32Array.of(7), firstByte: none, total: Uint32Array.from(times), counts };
}

test('threads are added up interval by interval, as rates', (t) => {
  const series = new Series(100_000);
  series.add(0, batch([10, 20]), false);
  series.add(1, batch([30]), false);
  series.add(0, batch([40], { resets: 3 }), false);
  const [first, second] = series.points();
  t.deepEqual(first, {
    seconds: 0.1,
    perSecond: 30,
    errorsPerSecond: 30,
    bytesPerSecond: 6000,
    count: 3,
    p50: 20,
    p95: null,
    p99: null,
    max: 40,
  });
  t.like(second, { seconds: 0.2, perSecond: 10, errorsPerSecond: 0, max: 30 });
});

test('what comes before the measurement, or after its interval was closed, is in no interval', (t) => {
  const series = new Series(100_000);
  series.add(-1, batch([10]), false);
  t.is(series.latest(), null);
  for (let interval = 0; interval < 10; interval++) series.add(interval, batch([10]), false);
  series.add(0, batch([99]), false);
  t.is(series.points().length, 10);
  t.is(series.points()[0]!.max, 10);
});

test('an interval without an answer has no times, and those who are held are known by their connects', (t) => {
  const series = new Series(100_000);
  series.add(0, batch([]), false);
  t.like(series.latest(), { perSecond: 0, p50: null, max: null });
  series.add(1, batch([]), true);
  series.add(1, batch([]), true);
  t.like(series.latest(), { count: 2, p50: 7 });
});
