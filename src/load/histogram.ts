import { build } from 'hdr-histogram-js';

export const PERCENTILES = ['p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** Percentiles in microseconds; null if there are fewer samples than `MIN_SAMPLES`. */
export interface Figures extends Readonly<Record<Exclude<Percentile, 'max'>, number | null>> {
  /** The number of samples. */
  readonly count: number;
  readonly max: number;
}

/**
 * The samples that a percentile needs: 1 / (1 - p), so that at least one lies above it. With fewer it would only repeat
 * the maximum.
 */
export const MIN_SAMPLES: { readonly [percentile in Percentile]: number } = {
  p50: 2,
  p90: 10,
  p95: 20,
  p99: 100,
  p999: 1000,
  max: 1,
};

/** The names of percentiles in texts. */
export const PERCENTILE_NAMES: { readonly [percentile in Percentile]: string } = {
  p50: 'p50',
  p90: 'p90',
  p95: 'p95',
  p99: 'p99',
  p999: 'p99.9',
  max: 'max',
};

/** The percentiles of the curve, denser towards the slowest. */
const LADDER = [
  0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99, 100,
];
/** One hour, in microseconds; longer times count as one hour. */
const MAX_US = 3_600_000_000;

/** An HDR histogram of times in microseconds, each kept to `digits` decimal digits. */
export class Histogram {
  readonly #histogram;
  #max = 0;

  constructor(digits: 2 | 3 = 3) {
    this.#histogram = build({
      bitBucketSize: 32,
      lowestDiscernibleValue: 1,
      highestTrackableValue: MAX_US,
      numberOfSignificantValueDigits: digits,
    });
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  add(times: Uint32Array): void {
    for (const time of times) {
      const us = Math.min(time, MAX_US);
      if (us > this.#max) this.#max = us;
      this.#histogram.recordValue(us);
    }
  }

  /** Adds all that another histogram holds. */
  merge(other: Histogram): void {
    this.#histogram.add(other.#histogram);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Null if there are no samples. */
  figures(): Figures | null {
    const { count } = this;
    if (count === 0) return null;
    const figure = (percentile: Percentile, percent: number) =>
      count < MIN_SAMPLES[percentile] ? null : this.at(percent);
    return {
      count,
      p50: figure('p50', 50),
      p90: figure('p90', 90),
      p95: figure('p95', 95),
      p99: figure('p99', 99),
      p999: figure('p999', 99.9),
      max: this.#max,
    };
  }

  /** The time that this percentage of the samples did not exceed. */
  at(percentile: number): number {
    return Math.min(this.#histogram.getValueAtPercentile(percentile), this.#max);
  }

  /** Points of the curve for a chart: the percentiles that have a sample above them, and the maximum. */
  curve(): (readonly [percentile: number, us: number])[] {
    const { count } = this;
    if (count === 0) return [];
    return LADDER.filter((percentile) => percentile === 100 || hasSampleAbove(percentile, count)).map(
      (percentile) => [percentile, this.at(percentile)] as const,
    );
  }
}

/** Counts in hundredths of a percent, because 1 - 99.9 / 100 is not exact. */
function hasSampleAbove(percentile: number, count: number): boolean {
  return count * Math.round(10_000 - percentile * 100) >= 10_000;
}
