import test from 'ava';
import { overheadOf, throughputOf } from '../../src/load/overhead.ts';

const figures = (us: number) => ({
  ...{ count: 1000, p50: us, p90: 2 * us, p95: 2.5 * us },
  ...{ p99: 3 * us, p999: 4 * us, max: 5 * us },
});
const latency = (us: number) => ({ connect: figures(us), firstByte: null, total: figures(us) });
/** Other load on the machine changes from round to round, and affects both halves. */
const LOADS = [1, 8, 2, 7, 3, 6, 4, 5, 9, 10];

test('pairs are compared, not sums: what the machine did meanwhile is in neither figure', (t) => {
  const rounds = LOADS.map((load) => ({ direct: latency(100 * load), through: latency(100 * load + 50) }));
  const { connect, firstByte, total } = overheadOf(rounds, []);
  t.is(firstByte, null);
  t.deepEqual(connect, total);
  t.deepEqual(total?.p50?.difference, { median: 50, low: 50, high: 50, count: 10 });
  t.is(total?.max?.difference.median, 250);
});

test('a ratio is the median of the ratios, and its interval leaves the strangest round out', (t) => {
  const rounds = LOADS.map((load) => ({ direct: latency(100 * load), through: latency(150 * load) }));
  rounds[3] = { direct: latency(100), through: latency(90_000) };
  t.deepEqual(overheadOf(rounds, []).total?.p99?.ratio, { median: 1.5, low: 1.5, high: 1.5, count: 10 });
});

test('a time that one round does not have is not compared, and no round at all is nothing', (t) => {
  const whole = { direct: latency(1), through: latency(2) };
  const half = { direct: latency(1), through: { connect: null, firstByte: null, total: figures(2) } };
  t.is(overheadOf([whole, half], []).connect, null);
  t.not(overheadOf([whole, half], []).total, null);
  t.deepEqual(overheadOf([], []), { connect: null, firstByte: null, total: null });
});

test('a percentile that some round has too few samples for is compared in pairs of rounds, and else not at all', (t) => {
  const without = (us: number) => {
    const some = { ...figures(us), p99: null, p999: null };
    return { connect: null, firstByte: null, total: some };
  };
  const rounds = LOADS.map((load) => ({ direct: without(100 * load), through: without(100 * load + 50) }));
  const doubled = LOADS.slice(0, 5).map((load) => {
    const [direct, through] = [latency(100 * load), latency(100 * load + 20)];
    const total = { ...through.total, p999: null };
    return { direct, through: { ...through, total } };
  });
  const { total } = overheadOf(rounds, doubled);
  t.deepEqual(total?.p50?.difference, { median: 50, low: 50, high: 50, count: 10 });
  t.deepEqual(total?.p99?.difference, { median: 60, low: 60, high: 60, count: 5 });
  t.is(total?.p999, null);
});

test('throughput is compared round by round; what the endpoint did not decide, or nothing, has no ratio', (t) => {
  const rounds = LOADS.map((load) => ({ direct: 1000 * load, through: 500 * load }));
  t.deepEqual(throughputOf(rounds), { median: 0.5, low: 0.5, high: 0.5, count: 10 });
  t.is(throughputOf([{ direct: null, through: null }]), null);
  t.is(throughputOf([{ direct: 0, through: 5 }]), null);
  t.is(throughputOf([]), null);
});
