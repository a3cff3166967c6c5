import { build } from 'hdr-histogram-js';

/** Percentiles in microseconds; null where nothing was measured. */
export interface Figures {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export const PERCENTILES = ['p50', 'p90', 'p99', 'p999', 'max'] as const;
export type Percentile = (typeof PERCENTILES)[number];

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

  figures(): Figures | null {
    if (this.count === 0) return null;
    return { p50: this.at(50), p90: this.at(90), p99: this.at(99), p999: this.at(99.9), max: this.#max };
  }

  /** The time that so many of a hundred did not exceed. */
  at(percentile: number): number {
    return Math.min(this.#histogram.getValueAtPercentile(percentile), this.#max);
  }

  /** The whole curve, for a picture. */
  curve(): (readonly [percentile: number, us: number])[] {
    return this.count === 0 ? [] : LADDER.map((percentile) => [percentile, this.at(percentile)] as const);
  }
}
