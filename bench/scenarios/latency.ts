import type { LoadPlan } from '../../src/load/load-plan.ts';
import { observe } from '../observe.ts';
import { planOf } from '../plans.ts';
import type { Scenario, Subject } from '../scenario.ts';
import { ROUND_WARMUP_MS, SHORT } from './short.ts';

const ROUND_MS = 1000;
const PERCENT = [25, 50, 75] as const;
const STEPS = PERCENT.map((value) => ({ label: `${value} %`, value }));

/**
 * What a proxy adds to the time of a short connection in an open loop. Rates are shares of `capacity`, the connections
 * a second of one contender in the closed loop.
 */
export function latency(capacity: { readonly rate: number; readonly of: string }): Scenario {
  const plan = (subject: Subject): LoadPlan =>
    planOf(subject, {
      rate: Math.round((capacity.rate * subject.step.value) / 100),
      durationMs: ROUND_MS,
      warmupMs: ROUND_WARMUP_MS,
    });
  return {
    ...SHORT,
    id: 'latency',
    title: 'Added latency',
    text:
      `A round is ${ROUND_MS / 1000} s of short connections that arrive at random, independent of the proxy (open loop), ` +
      `at ${PERCENT.join(', ')} % of the ${Math.round(capacity.rate).toLocaleString('en')} connections a second that ` +
      `${capacity.of} reached in the closed loop of this run. Times are from when a connection was due to the ` +
      'end of its answer; added is the difference to the direct way in the same round.',
    layout: 'latency',
    cost: { id: 'p50', unit: 'µs, p50' },
    rate: { id: 'p99', unit: 'µs, p99' },
    steps: STEPS,
    quickSteps: STEPS.filter(({ value }) => value === 50),
    rounds: 7,
    quickRounds: 1,
    held: 1000,

    async measure(subject) {
      const { result } = await observe(subject, plan(subject), { overload: true });
      const { latency, errors } = result.measured;
      const { total } = latency;
      if (total === null) throw new Error('no connection had its answer');
      const { count, p50, p99 } = total;
      if (p50 === null || p99 === null) throw new Error(`${count} connections are too few for a p99`);
      return {
        p50,
        p99,
        limited: result.limitedByGenerator === null ? 0 : 1,
        unanswered: errors.unanswered,
      };
    },
  };
}
