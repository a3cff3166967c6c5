import test from 'ava';
import type { Figures } from '../../src/load/histogram.ts';
import { overheadOf } from '../../src/load/overhead.ts';

const figures = (us: number): Figures => ({ p50: us, p90: 2 * us, p99: 3 * us, p999: 4 * us, max: 5 * us });
const latency = (us: number) => ({ connect: figures(us), firstByte: null, total: figures(us) });
/** The machine's load changes from round to round, and is in both halves. */
const LOADS = [1, 8, 2, 7, 3, 6, 4, 5, 9, 10];

test('pairs are compared, not sums: what the machine did meanwhile is in neither figure', (t) => {
  const rounds = LOADS.map((load) => ({ direct: latency(100 * load), through: latency(100 * load + 50) }));
  const { connect, firstByte, total } = overheadOf(rounds);
  t.is(firstByte, null);
  t.deepEqual(connect, total);
  t.deepEqual(total?.p50.difference, { median: 50, low: 50, high: 50, count: 10 });
  t.is(total?.max.difference.median, 250);
});

test('a ratio is the median of the ratios, and its interval leaves the strangest round out', (t) => {
  const rounds = LOADS.map((load) => ({ direct: latency(100 * load), through: latency(150 * load) }));
  rounds[3] = { direct: latency(100), through: latency(90_000) };
  t.deepEqual(overheadOf(rounds).total?.p99.ratio, { median: 1.5, low: 1.5, high: 1.5, count: 10 });
});

test('a time that one round does not have is not compared, and no round at all is nothing', (t) => {
  const whole = { direct: latency(1), through: latency(2) };
  const half = { direct: latency(1), through: { connect: null, firstByte: null, total: figures(2) } };
  t.is(overheadOf([whole, half]).connect, null);
  t.not(overheadOf([whole, half]).total, null);
  t.deepEqual(overheadOf([]), { connect: null, firstByte: null, total: null });
});
