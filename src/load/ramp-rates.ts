/** From which rate to which, in arrivals a second. */
export interface RateRange {
  readonly from: number;
  readonly to: number;
}

/** The steps of a ramp. */
export const RAMP_STEPS = 10;

/** `100..5000`; undefined if it is none, or does not rise. */
export function parseRamp(text: string): RateRange | undefined {
  const parts = /^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$/.exec(text);
  const [from, to] = [Number(parts?.[1]), Number(parts?.[2])];
  return from > 0 && to > from ? { from, to } : undefined;
}

/** Evenly from the first rate to the last, both included. */
export function rampRates({ from, to }: RateRange): number[] {
  return Array.from({ length: RAMP_STEPS }, (_, step) => {
    const rate = from + ((to - from) * step) / (RAMP_STEPS - 1);
    return rate === to || rate < 100 ? Number(rate.toPrecision(rate === to ? 7 : 3)) : Math.round(rate);
  });
}
