/** From so many figures on `medianInterval` is one of 95 %: fewer have none. */
export const LEAST_FOR_INTERVAL = 6;

/** The middle of the figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * A 95 % interval of the median, from the order statistics: no shape of the distribution is assumed. Of fewer
 * than six figures it is the lowest and the highest, and not as sure.
 */
export function medianInterval(figures: readonly number[]): readonly [number, number] {
  const sorted = [...figures].sort((a, b) => a - b);
  const n = sorted.length;
  const cut = cutOff(n);
  return [sorted[cut]!, sorted[n - 1 - cut]!];
}

/** How many figures may be left out at either end: the median lies among them 25 times of 1000 at most. */
function cutOff(n: number): number {
  // Half to the power of n is no number any more; the binomial is then as good as normal.
  if (n > MOST_EXACT) return Math.floor(n / 2 - (1.96 * Math.sqrt(n)) / 2);
  let below = 0.5 ** n;
  let sum = below;
  let cut = 0;
  while (sum <= TAIL) {
    cut++;
    below *= (n - cut + 1) / cut;
    sum += below;
  }
  return Math.max(cut - 1, 0);
}

const TAIL = 0.025;
const MOST_EXACT = 1000;

/** A median with what surrounds it: the 95 % interval, or of few figures the lowest and the highest. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Null of no figures at all. */
export function summarize(figures: readonly number[]): Summary | null {
  if (figures.length === 0) return null;
  const [low, high] = medianInterval(figures);
  return { median: median(figures), low, high, count: figures.length };
}
