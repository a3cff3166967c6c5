import { build } from 'hdr-histogram-js';

export const PERCENTILES = ['p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** Percentiles in microseconds; null if fewer samples than `LEAST_SAMPLES` stand behind one. */
export interface Figures extends Readonly<Record<Exclude<Percentile, 'max'>, number | null>> {
  /** How many samples there are. */
  readonly count: number;
  readonly max: number;
}

/**
 * How many samples a percentile needs: 1 / (1 - p), so that at least one of them lies above it. Of fewer it would
 * only repeat the maximum.
 */
export const LEAST_SAMPLES: { readonly [percentile in Percentile]: number } = {
  p50: 2,
  p90: 10,
  p95: 20,
  p99: 100,
  p999: 1000,
  max: 1,
};

/** As people write them. */
export const PERCENTILE_NAMES: { readonly [percentile in Percentile]: string } = {
  p50: 'p50',
  p90: 'p90',
  p95: 'p95',
  p99: 'p99',
  p999: 'p99.9',
  max: 'max',
};

/** How much is known of the slowest. */
const LADDER = [
  0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99, 100,
];
/** One hour, in microseconds: whatever takes longer counts as that. */
const MOST_US = 3_600_000_000;

/** Times in microseconds, each kept to so many decimal digits: an HDR histogram. */
export class Histogram {
  readonly #histogram;
  #max = 0;

  constructor(digits: 2 | 3 = 3) {
    this.#histogram = build({
      bitBucketSize: 32,
      lowestDiscernibleValue: 1,
      highestTrackableValue: MOST_US,
      numberOfSignificantValueDigits: digits,
    });
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  add(times: Uint32Array): void {
    for (const time of times) {
      const us = Math.min(time, MOST_US);
      if (us > this.#max) this.#max = us;
      this.#histogram.recordValue(us);
    }
  }

  /** Adds all that another histogram holds. */
  merge(other: Histogram): void {
    this.#histogram.add(other.#histogram);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Null if there is no sample at all. */
  figures(): Figures | null {
    const { count } = this;
    if (count === 0) return null;
    const figure = (percentile: Percentile, percent: number) =>
      count < LEAST_SAMPLES[percentile] ? null : this.at(percent);
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

  /** The time that so many of a hundred did not exceed. */
  at(percentile: number): number {
    return Math.min(this.#histogram.getValueAtPercentile(percentile), this.#max);
  }

  /** The curve, for a picture: the percentiles that have a sample above them, and the maximum. */
  curve(): (readonly [percentile: number, us: number])[] {
    const { count } = this;
    if (count === 0) return [];
    return LADDER.filter((percentile) => percentile === 100 || hasSampleAbove(percentile, count)).map(
      (percentile) => [percentile, this.at(percentile)] as const,
    );
  }
}

/** In hundredths of a percent, for 1 - 99.9 / 100 is not exact. */
function hasSampleAbove(percentile: number, count: number): boolean {
  return count * Math.round(10_000 - percentile * 100) >= 10_000;
}
