/** With at least this many figures `medianInterval` is a 95 % interval. */
export const MIN_FOR_INTERVAL = 6;

/** The median; the mean of the middle two if their number is even. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * A 95 % interval of the median from order statistics, which assumes no shape of the distribution. With fewer than six
 * figures it is the lowest and the highest, which is less than 95 %.
 */
export function medianInterval(figures: readonly number[]): readonly [number, number] {
  const sorted = [...figures].sort((a, b) => a - b);
  const n = sorted.length;
  const cut = cutOff(n);
  return [sorted[cut]!, sorted[n - 1 - cut]!];
}

/** How many figures can be cut at either end, so that the median lies among them with a probability of at most 2.5 %. */
function cutOff(n: number): number {
  // 0.5 ** n underflows; the binomial distribution is then close to normal.
  if (n > MAX_EXACT) return Math.floor(n / 2 - (1.96 * Math.sqrt(n)) / 2);
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
const MAX_EXACT = 1000;

/** A median with its 95 % interval, or with the lowest and highest of few figures. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Null if there are no figures. */
export function summarize(figures: readonly number[]): Summary | null {
  if (figures.length === 0) return null;
  const [low, high] = medianInterval(figures);
  return { median: median(figures), low, high, count: figures.length };
}
