import { errorShare } from './error-share.ts';
import { conditionHolds, describeFigure, type FailIf, percentileOf } from './fail-if.ts';
import { LEAST_SAMPLES } from './histogram.ts';
import { isAsking } from './load-plan.ts';
import type { LoadResult } from './result.ts';
import type { Step } from './step.ts';
import { shareText, wholeText } from './units.ts';

/** A rate of which more fail is not one that holds, whatever the times of the others are. */
const MOST_ERRORS = 0.01;
/** Of fewer samples no step is judged. */
const FEWEST_SAMPLES = 100;
/** So many times what the percentile needs: arrivals are random, and a step that falls short has to be repeated. */
const SPARE = 2;
const LONGEST_STEP_MS = 20_000;
/** Of fewer arrivals on average a step may well have none. */
const FEWEST_ARRIVALS = 10;
/** Below this share of what was asked for the endpoint does not keep up. */
const KEPT_UP = 0.9;
/** So many standard deviations of random arrivals are chance. */
const CHANCE = 4;

/** How long a step at this rate has to be to have arrivals at all, and the samples that its conditions need, within limits. */
export function stepMs(conditions: readonly FailIf[], rate: number, leastMs: number): number {
  const samples = Math.max(FEWEST_ARRIVALS, ...conditions.map(samplesOf));
  return Math.max(leastMs, Math.min(Math.ceil((samples / rate) * 1000), LONGEST_STEP_MS));
}

/** The lowest rate at which the longest step has them. */
export function leastRateOf(condition: FailIf): number {
  return Math.max(1, Math.ceil((samplesOf(condition) * 1000) / LONGEST_STEP_MS));
}

function samplesOf(condition: FailIf): number {
  const percentile = percentileOf(condition);
  const needed =
    percentile === null ? Math.ceil(1 / Math.max(condition.limit, 0.001)) : LEAST_SAMPLES[percentile];
  return SPARE * Math.max(needed, FEWEST_SAMPLES);
}

/**
 * Judges a step of a search: its condition holds, no client was seen as somebody else, and no more than 1 % failed. An
 * error counts as slower than any time: of p99.9 no more than 0.1 % may fail. If the generator was the limit, a step
 * still holds if all this is so and all arrivals were done: times count from when arrivals were due, so delays of the
 * generator only add to them. Otherwise nothing is known of the endpoint.
 */
export function judgeSought(result: LoadResult, condition: FailIf): Step {
  const percentile = percentileOf(condition);
  const most = percentile === null ? 1 : Math.min(1 / LEAST_SAMPLES[percentile], MOST_ERRORS);
  const broken =
    faultOf(result, percentile === 'max' ? 0 : most) ??
    (conditionHolds(condition, result) === true ? null : shortly(condition, result));
  const isSure = broken === null && keepsUp(result);
  return stepOf(result, isSure ? null : (limitOf(result) ?? broken));
}

/**
 * Judges a step of a ramp: no `--fail-if` holds, not too much failed, and the endpoint has kept up. If it does not hold
 * and the generator was the limit, nothing is known of the endpoint.
 */
export function judgeRamped(result: LoadResult, failIfs: readonly FailIf[]): Step {
  const held = failIfs.find((each) => conditionHolds(each, result) !== false);
  const broken =
    faultOf(result, failIfs.length > 0 ? 1 : MOST_ERRORS) ??
    (held !== undefined ? shortly(held, result) : keepsUp(result) ? null : 'does not keep up');
  return stepOf(result, broken === null ? null : (limitOf(result) ?? broken));
}

function limitOf({ limitedByGenerator }: LoadResult): string | null {
  return limitedByGenerator === null ? null : `generator limit: ${limitedByGenerator}`;
}

function faultOf(result: LoadResult, mostErrors: number): string | null {
  const { wrongClients, unknownClients } = result;
  if (wrongClients > 0) return `${wholeText(wrongClients)} wrong clients`;
  if (unknownClients > 0) return `${wholeText(unknownClients)} named no client`;
  const share = errorShare(result);
  if (share === null) return 'nothing was measured';
  // If all fails nothing is held, whatever may fail.
  return share > mostErrors || share === 1 ? `${shareText(share)} errors` : null;
}

function shortly(condition: FailIf, result: LoadResult): string {
  const isKnown = conditionHolds(condition, result) !== null;
  return isKnown ? describeFigure(condition, result) : `${condition.figure}: too few samples`;
}

/** Whether about as many were done as should have arrived; what chance leaves out of few is no fault. */
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
