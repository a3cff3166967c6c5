import type { Limit, Measured } from './outcome.ts';

/** One step of a search or of a ramp: a run of its own at one rate. */
export interface Step
  extends Pick<
    Measured,
    'achieved' | 'latency' | 'errors' | 'goodAnswers' | 'wrongClients' | 'unknownClients'
  > {
  /** What was asked for, in arrivals a second. */
  readonly rate: number;
  readonly limitedByGenerator: Limit | null;
  readonly holds: boolean;
  /** Why it does not hold; null if it does. */
  readonly why: string | null;
}

/** How a search ended: `found` is the usual way. */
export type SearchEnd = 'found' | 'least_rate' | 'most_rate' | 'generator' | 'steps' | 'signal';

/** What `--find` has found. */
export interface FoundRate {
  readonly condition: string;
  /** The highest rate of which it holds; null if it holds of none that was tried. */
  readonly rate: number | null;
  /** The lowest rate above it of which it does not hold; null if none was met. */
  readonly brokenAt: number | null;
  readonly endedBy: SearchEnd;
  readonly steps: readonly Step[];
}

/** What `--ramp` has met. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  /** The first rate of which the endpoint did not hold what it should; null if there is none. */
  readonly brokenAt: number | null;
  readonly steps: readonly Step[];
}

/** The step with the highest rate that holds; null if none does. */
export function bestOf(steps: readonly Step[]): Step | null {
  return steps.reduce<Step | null>(
    (best, step) => (step.holds && step.rate > (best?.rate ?? 0) ? step : best),
    null,
  );
}

/** Of a ramp: the first step that the endpoint broke. */
export function brokenStep(steps: readonly Step[]): Step | undefined {
  return steps.find((step) => !step.holds && !isLimited(step));
}

/** Of a ramp: the first step of which the generator was the limit, at its last try too. */
export function limitedStep(steps: readonly Step[]): Step | undefined {
  return lastTries(steps).find(isLimited);
}

/** Whether nothing is known of the endpoint, since the generator was the limit. */
export function isLimited({ holds, limitedByGenerator }: Step): boolean {
  return !holds && limitedByGenerator !== null;
}

/** What has come of it: `holds`, or why it does not. */
export function verdictText({ why, limitedByGenerator }: Step): string {
  return why ?? (limitedByGenerator === null ? 'holds' : 'holds; generator late');
}

/** Of a ramp: one step for each rate, the last that was played at it. */
export function lastTries(steps: readonly Step[]): Step[] {
  return steps.filter(({ rate }, at) => steps[at + 1]?.rate !== rate);
}
