import type { LoadPlan } from '../../src/load/load-plan.ts';
import { observe } from '../observe.ts';
import { planOf } from '../plans.ts';
import { type Figure, ONE_STEP, type Scenario, type Subject } from '../scenario.ts';
import { crossCheck, hasWrk } from '../wrk.ts';

export const CONCURRENT = 32;
export const ROUND_MS = 400;
/** For the generator: its thread is new in each round and has to compile hot code. */
export const ROUND_WARMUP_MS = 250;
/** For a contender: Node compiles code only after some thousands of connections. */
export const WARM_CONNECTIONS = 8000;
const WARM_MS = 1000;
/** A contender that is not warm after this time is measured all the same. */
const MAX_WARMING = 5;

/** Short connections through the subject in a closed loop. */
export function shortPlan(subject: Subject, asked: Partial<LoadPlan> = {}): LoadPlan {
  return planOf(subject, {
    connections: CONCURRENT,
    durationMs: ROUND_MS,
    warmupMs: ROUND_WARMUP_MS,
    ...asked,
  });
}

/** Short connections until the subject is warm. */
export async function warmUp(subject: Subject, asked: Partial<LoadPlan> = {}): Promise<void> {
  const durationMs = subject.quick ? WARM_MS / 2 : WARM_MS;
  let count = 0;
  for (let times = 0; times < (subject.quick ? 1 : MAX_WARMING) && count < WARM_CONNECTIONS; times++) {
    count += (await observe(subject, shortPlan(subject, { durationMs, ...asked }))).connections;
  }
}

/** A round of short connections: the cost of one, and the rate. */
export async function measureShort(subject: Subject, asked: Partial<LoadPlan> = {}): Promise<Figure> {
  const { result, processorUs, connections } = await observe(subject, shortPlan(subject, asked));
  return {
    cost: processorUs === null ? null : processorUs / connections,
    rate: result.measured.achieved.connectionsPerSecond,
  };
}

/** The common parts of scenarios of short connections. */
export const SHORT = {
  layout: 'contenders',
  cost: { id: 'cost', unit: 'µs a connection' },
  rate: { id: 'rate', unit: 'connections/s' },
  steps: ONE_STEP,
  rounds: 15,
  quickRounds: 1,
  fresh: false,
  held: CONCURRENT,
  accepts: 'none',
  presents: true,
  work: 'answer',
  warmUp: (subject) => warmUp(subject),
  measure: (subject) => measureShort(subject),
} as const satisfies Partial<Scenario>;

export const short: Scenario = {
  ...SHORT,
  id: 'short',
  title: 'Short connections with a header',
  text:
    `A round is ${ROUND_MS} ms, ${CONCURRENT} connections at once: connect, one HTTP request, its answer, the ` +
    'endpoint ends, the client closes.',
  crossCheck: hasWrk ? (subject) => crossCheck(subject, CONCURRENT, false) : null,
};
