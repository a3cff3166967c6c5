import { conditionHolds, describeFigure, type FailIf, percentileOf } from './fail-if.ts';
import { MIN_SAMPLES } from './histogram.ts';
import { isAsking } from './load-plan.ts';
import { errorShare } from './outcome.ts';
import type { LoadResult } from './result.ts';
import type { Step } from './step.ts';
import { shareText, wholeText } from './units.ts';

/** With a larger share of errors no rate holds, whatever the other times are. */
const MAX_ERRORS = 0.01;
/** With fewer samples no step is judged. */
const MIN_STEP_SAMPLES = 100;
/** A step is planned for twice the samples that it needs: arrivals are random, and a step with too few is repeated. */
const SPARE = 2;
const MAX_STEP_MS = 20_000;
/** With fewer arrivals on average, a step may have none. */
const MIN_ARRIVALS = 10;
/** Below this share of the rate asked for, the endpoint does not keep up. */
const KEPT_UP = 0.9;
/** Deviations up to this many standard deviations of random arrivals are chance. */
const CHANCE = 4;

/** The length of a step at this rate, so that it has arrivals and the samples that its conditions need, within limits. */
export function stepMs(conditions: readonly FailIf[], rate: number, leastMs: number): number {
  const samples = Math.max(MIN_ARRIVALS, ...conditions.map(samplesOf));
  return Math.max(leastMs, Math.min(Math.ceil((samples / rate) * 1000), MAX_STEP_MS));
}

/** The lowest rate at which the longest step has enough samples for the condition. */
export function leastRateOf(condition: FailIf): number {
  return Math.max(1, Math.ceil((samplesOf(condition) * 1000) / MAX_STEP_MS));
}

function samplesOf(condition: FailIf): number {
  const percentile = percentileOf(condition);
  const needed =
    percentile === null ? Math.ceil(1 / Math.max(condition.limit, 0.001)) : MIN_SAMPLES[percentile];
  return SPARE * Math.max(needed, MIN_STEP_SAMPLES);
}

/**
 * Judges a step of `--find`. It holds if the condition holds, no client was wrong or unknown, and at most 1 %
 * failed. An error counts as slower than any time, so for p99.9 at most 0.1 % may fail. If the generator was the limit
 * and all this is so and all arrivals were done, the step still holds: times count from when arrivals were due, so
 * delays of the generator only add to them. Otherwise the step says nothing about the endpoint.
 */
export function judgeSought(result: LoadResult, condition: FailIf): Step {
  const percentile = percentileOf(condition);
  const maxShare = percentile === null ? 1 : Math.min(1 / MIN_SAMPLES[percentile], MAX_ERRORS);
  const broken =
    faultOf(result, percentile === 'max' ? 0 : maxShare) ??
    (conditionHolds(condition, result) === true ? null : shortly(condition, result));
  const isSure = broken === null && keepsUp(result);
  return stepOf(result, isSure ? null : (limitOf(result) ?? broken));
}

/**
 * Judges a step of `--ramp`. It holds if no `--fail-if` does, few enough failed, and the endpoint kept up. If it does
 * not hold and the generator was the limit, the step says nothing about the endpoint.
 */
export function judgeRamped(result: LoadResult, failIfs: readonly FailIf[]): Step {
  const held = failIfs.find((each) => conditionHolds(each, result) !== false);
  const broken =
    faultOf(result, failIfs.length > 0 ? 1 : MAX_ERRORS) ??
    (held !== undefined ? shortly(held, result) : keepsUp(result) ? null : 'does not keep up');
  return stepOf(result, broken === null ? null : (limitOf(result) ?? broken));
}

function limitOf({ limitedByGenerator }: LoadResult): string | null {
  return limitedByGenerator === null ? null : `generator limit: ${limitedByGenerator}`;
}

function faultOf(result: LoadResult, maxErrors: number): string | null {
  const { wrongClients, unknownClients } = result;
  if (wrongClients > 0) return `${wholeText(wrongClients)} wrong clients`;
  if (unknownClients > 0) return `${wholeText(unknownClients)} answers named no client`;
  const share = errorShare(result);
  if (share === null) return 'nothing was measured';
  // A step in which everything failed never holds.
  return share > maxErrors || share === 1 ? `${shareText(share)} errors` : null;
}

function shortly(condition: FailIf, result: LoadResult): string {
  const isKnown = conditionHolds(condition, result) !== null;
  return isKnown ? describeFigure(condition, result) : `${condition.figure}: too few samples`;
}

/** Whether about as many were done as should have arrived, with an allowance for random arrivals. */
function keepsUp({ asked, achieved }: LoadResult): boolean {
  const expected = Number(asked.rate) * achieved.seconds;
  const done = isAsking(asked.work) ? achieved.requests : achieved.connections;
  return done >= KEPT_UP * expected - CHANCE * Math.sqrt(expected);
}

function stepOf(result: LoadResult, why: string | null): Step {
  const { asked, achieved, latency, errors, limitedByGenerator } = result;
  const { goodAnswers, wrongClients, unknownClients } = result;
  const rate = Number(asked.rate);
  const counts = { goodAnswers, wrongClients, unknownClients };
  return { rate, achieved, latency, errors, ...counts, limitedByGenerator, holds: why === null, why };
}
