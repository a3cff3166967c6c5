import test from 'ava';
import type { PhaseEnd } from '../../src/load/load-messages.ts';
import { OutcomeBuilder } from '../../src/load/outcome-builder.ts';
import { COUNT, createCounts, failureAt } from '../../src/load/samples.ts';
import { schedulePhases } from '../../src/load/schedule.ts';
import { planWith } from './sample-plan.ts';

const END: PhaseEnd = { busy: 0, arrivals: 0, late: 0, open: 0, measuredUs: 300_000, refused: false };
const NONE = new Uint32Array(0);

function limitOf(end: Partial<PhaseEnd>, failure?: 'descriptors' | 'local_ports') {
  const plan = planWith();
  const results = new OutcomeBuilder(plan, schedulePhases(plan), 50_000, 0);
  const counts = createCounts();
  if (failure !== undefined) counts[failureAt(failure)] = 1;
  const batch = { connect: NONE, firstByte: NONE, total: NONE, counts };
  results.add({ news: 'batch', phase: 0, interval: 0, batch });
  results.add({ news: 'ended', phase: 0, end: { ...END, ...end } });
  return results.build(false).limitedByGenerator;
}

test('arrivals that began late make the generator the limit: more than one of a hundred, and more than a hiccup', (t) => {
  t.is(limitOf({ arrivals: 20, late: 4 }), null);
  t.is(limitOf({ arrivals: 20, late: 5 }), 'processor');
  t.is(limitOf({ arrivals: 1000, late: 10 }), null);
  t.is(limitOf({ arrivals: 1000, late: 11 }), 'processor');
});

test('a thread that had no time left is the limit, and so is what the machine did not give', (t) => {
  t.is(limitOf({ busy: 0.95 }), null);
  t.is(limitOf({ busy: 0.951 }), 'processor');
  t.is(limitOf({ busy: 1, measuredUs: 99_999 }), null, 'too short to tell a hiccup from it');
  t.is(limitOf({ busy: 1 }, 'descriptors'), 'descriptors');
  t.is(limitOf({}, 'local_ports'), 'local_ports');
});

test('a run without a sample has no figures, and rates of nothing', (t) => {
  const plan = planWith();
  const results = new OutcomeBuilder(plan, schedulePhases(plan), 50_000, 0);
  const { measured } = results.build(true);
  t.deepEqual(measured.latency, { connect: null, firstByte: null, total: null });
  t.like(measured.achieved, { requestsPerSecond: 0, connectionsPerSecond: 0, bytesPerSecond: 0, seconds: 0 });
  t.deepEqual([measured.curve, measured.series], [[], []]);
});

test('rounds with too few samples for a percentile are put together in pairs', (t) => {
  const [endpoint] = planWith().endpoints;
  const plan = planWith({ endpoints: [endpoint!, endpoint!], durationMs: 10_000 });
  const phases = schedulePhases(plan);
  const results = new OutcomeBuilder(plan, phases, 100_000, 10);
  for (const [phase, { endpoint: way, fromUs, toUs }] of phases.entries()) {
    const total = new Uint32Array(60).fill(way === 0 ? 100 : 150);
    const batch = { connect: NONE, firstByte: NONE, total, counts: createCounts() };
    results.add({ news: 'batch', phase, interval: 0, batch });
    results.add({ news: 'ended', phase, end: { ...END, measuredUs: toUs - fromUs } });
  }
  const { total, connect } = results.build(false).overhead!;
  t.is(connect, null);
  t.deepEqual(total!.p95!.difference, { median: 50, low: 50, high: 50, count: 10 });
  t.deepEqual(total!.p99!.difference, { median: 50, low: 50, high: 50, count: 5 });
  t.is(total!.p999, null);
});

test('connections that are open at the end are those of the last round, not of all of them', (t) => {
  const [endpoint] = planWith().endpoints;
  const plan = planWith({ endpoints: [endpoint!, endpoint!], work: 'bulk', rate: 'max', connections: 4 });
  const phases = schedulePhases(plan);
  const results = new OutcomeBuilder(plan, phases, 100_000, 10);
  for (const [phase, { fromUs, toUs }] of phases.entries()) {
    const counts = createCounts();
    counts[COUNT.sentBytes] = 1000;
    results.add({
      news: 'batch',
      phase,
      interval: 0,
      batch: { connect: NONE, firstByte: NONE, total: NONE, counts },
    });
    results.add({ news: 'ended', phase, end: { ...END, open: 4, measuredUs: toUs - fromUs } });
  }
  const { measured, direct, overhead } = results.build(false);
  t.deepEqual([measured.achieved.open, direct!.achieved.open], [4, 4]);
  t.like(overhead!.throughput, { median: 1, count: 10 });
});

test('progress is that of the way that is played now', (t) => {
  const [endpoint] = planWith().endpoints;
  const plan = planWith({ endpoints: [endpoint!, endpoint!] });
  const results = new OutcomeBuilder(plan, schedulePhases(plan), 100_000, 10);
  t.is(results.latest(), null);
  const total = Uint32Array.of(7);
  const batch = { connect: NONE, firstByte: NONE, total, counts: createCounts() };
  results.add({ news: 'batch', phase: 0, interval: 0, batch });
  t.like(results.latest(), { max: 7 });
});
