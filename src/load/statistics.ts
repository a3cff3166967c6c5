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
  // The binomial's normal approximation: ranks n/2 ∓ 1.96·√n/2.
  const reach = (1.96 * Math.sqrt(n)) / 2;
  const low = Math.max(Math.floor(n / 2 - reach), 0);
  const high = Math.min(Math.ceil(n / 2 + reach), n - 1);
  return [sorted[low]!, sorted[high]!];
}
