import type { LoadPlan } from '../../src/load/load-plan.ts';
import { observe } from '../observe.ts';
import { planOf } from '../plans.ts';
import { ONE_STEP, type Scenario, type Subject } from '../scenario.ts';
import { crossCheck, hasWrk } from '../wrk.ts';
import { CONCURRENT, ROUND_MS, ROUND_WARMUP_MS, warmUp } from './short.ts';

const WARM_MS = 1000;

function plan(subject: Subject, durationMs: number): LoadPlan {
  const asked = { keep: true, connections: CONCURRENT, durationMs, warmupMs: ROUND_WARMUP_MS };
  return planOf(subject, asked);
}

export const kept: Scenario = {
  id: 'kept',
  title: 'Requests on kept connections',
  text:
    `A round is ${ROUND_MS} ms of HTTP requests and their answers over ${CONCURRENT} kept connections. ` +
    'Opening them, once a round, is included.',
  layout: 'contenders',
  cost: { id: 'cost', unit: 'µs a request' },
  rate: { id: 'rate', unit: 'requests/s' },
  steps: ONE_STEP,
  rounds: 15,
  quickRounds: 1,
  fresh: false,
  held: CONCURRENT,
  accepts: 'none',
  presents: true,
  work: 'answer',

  async warmUp(subject) {
    await warmUp(subject);
    await observe(subject, plan(subject, WARM_MS));
  },

  async measure(subject) {
    const { result, processorUs, answers } = await observe(subject, plan(subject, ROUND_MS));
    return {
      cost: processorUs === null ? null : processorUs / answers,
      rate: result.measured.achieved.requestsPerSecond,
    };
  },

  crossCheck: hasWrk ? (subject) => crossCheck(subject, CONCURRENT, true) : null,
};
