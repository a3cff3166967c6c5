import test from 'ava';
import { intervalsOf, lengthMs, ROUNDS, schedulePhases } from '../../src/load/schedule.ts';
import { planWith } from './sample-plan.ts';

const [one] = planWith().endpoints;
const pair = planWith({ endpoints: [one!, one!], durationMs: 10_000, warmupMs: 1000 });

test('one endpoint has its warm-up, and then its measurement', (t) => {
  const phases = schedulePhases(planWith({ durationMs: 2000, warmupMs: 500 }));
  t.deepEqual(phases, [{ endpoint: 0, startUs: 0, fromUs: 500_000, toUs: 2_500_000 }]);
  t.is(lengthMs(phases), 2500);
});

test('who is held is measured from the first connection on', (t) => {
  for (const work of ['idle', 'slow'] as const) {
    t.is(schedulePhases(planWith({ work, warmupMs: 500 }))[0]!.fromUs, 0);
  }
  t.is(schedulePhases(planWith({ work: 'bulk', warmupMs: 500 }))[0]!.fromUs, 500_000);
});

test('two endpoints take turns, who comes first changes, and each is measured for the whole duration', (t) => {
  const phases = schedulePhases(pair);
  t.is(phases.length, 2 * ROUNDS);
  t.deepEqual(
    phases.slice(0, 6).map(({ endpoint }) => endpoint),
    [0, 1, 1, 0, 0, 1],
  );
  for (const endpoint of [0, 1]) {
    const own = phases.filter((phase) => phase.endpoint === endpoint);
    t.is(
      own.reduce((sum, { fromUs, toUs }) => sum + toUs - fromUs, 0),
      10_000_000,
    );
    t.is(own.length, ROUNDS);
  }
});

test('phases follow each other, and each begins before it is measured', (t) => {
  const phases = schedulePhases(pair);
  for (const [index, { startUs, fromUs, toUs }] of phases.entries()) {
    t.true(startUs < fromUs && fromUs < toUs);
    t.true(startUs >= (phases[index - 1]?.toUs ?? 0));
  }
});

test('a picture has about a hundred intervals, none shorter than 50 ms or longer than a second', (t) => {
  const intervalMs = (durationMs: number) => intervalsOf(planWith({ durationMs })).intervalUs / 1000;
  t.deepEqual([100, 5000, 10_000, 60_000, 3_600_000].map(intervalMs), [50, 50, 100, 600, 1000]);
  t.deepEqual(intervalsOf(pair), { intervalUs: 100_000, aRound: 10 });
});
