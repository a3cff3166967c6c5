import type { Limit, Measured } from './outcome.ts';

/** One step of `--find` or `--ramp`: a run at one rate. */
export interface Step
  extends Pick<
    Measured,
    'achieved' | 'latency' | 'errors' | 'goodAnswers' | 'wrongClients' | 'unknownClients'
  > {
  /** The requested rate, in arrivals a second. */
  readonly rate: number;
  readonly limitedByGenerator: Limit | null;
  readonly holds: boolean;
  /** Why it does not hold; null if it does. */
  readonly why: string | null;
}

/** Why a search ended; `found` is the normal case. */
export type SearchEnd = 'found' | 'least_rate' | 'most_rate' | 'generator' | 'steps' | 'signal';

/** The result of `--find`. */
export interface FoundRate {
  readonly condition: string;
  /** The highest rate at which the condition holds; null if it holds at none that was tried. */
  readonly rate: number | null;
  /** The lowest rate above it at which the condition does not hold; null if none was found. */
  readonly brokenAt: number | null;
  readonly endedBy: SearchEnd;
  readonly steps: readonly Step[];
}

/** The result of `--ramp`. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  /** The first rate that the endpoint did not sustain; null if there is none. */
  readonly brokenAt: number | null;
  readonly steps: readonly Step[];
}

/** The step that holds with the highest rate; null if none holds. */
export function bestOf(steps: readonly Step[]): Step | null {
  return steps.reduce<Step | null>(
    (best, step) => (step.holds && step.rate > (best?.rate ?? 0) ? step : best),
    null,
  );
}

/** The first step of a ramp that the endpoint did not sustain. */
export function brokenStep(steps: readonly Step[]): Step | undefined {
  return steps.find((step) => !step.holds && !isLimited(step));
}

/** The first step of a ramp whose last try too was limited by the generator. */
export function limitedStep(steps: readonly Step[]): Step | undefined {
  return lastTries(steps).find(isLimited);
}

/** Whether the step says nothing about the endpoint, because the generator was the limit. */
export function isLimited({ holds, limitedByGenerator }: Step): boolean {
  return !holds && limitedByGenerator !== null;
}

/** `holds`, or why it does not. */
export function verdictText({ why, limitedByGenerator }: Step): string {
  return why ?? (limitedByGenerator === null ? 'holds' : 'holds; generator late');
}

/** The last try at each rate of a ramp. */
export function lastTries(steps: readonly Step[]): Step[] {
  return steps.filter(({ rate }, at) => steps[at + 1]?.rate !== rate);
}

/** The rates of a ramp, in arrivals a second. */
export interface RateRange {
  readonly from: number;
  readonly to: number;
}

/** The number of steps of a ramp. */
export const RAMP_STEPS = 10;

/** Parses `100..5000`; undefined if it is not a range or does not rise. */
export function parseRamp(text: string): RateRange | undefined {
  const parts = /^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$/.exec(text);
  const [from, to] = [Number(parts?.[1]), Number(parts?.[2])];
  return from > 0 && to > from ? { from, to } : undefined;
}

/** Rates evenly spaced from the first to the last, both included. */
export function rampRates({ from, to }: RateRange): number[] {
  return Array.from({ length: RAMP_STEPS }, (_, step) => {
    const rate = from + ((to - from) * step) / (RAMP_STEPS - 1);
    return rate === to || rate < 100 ? Number(rate.toPrecision(rate === to ? 7 : 3)) : Math.round(rate);
  });
}
