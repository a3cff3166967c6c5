import { FAILURE_KINDS, type LoadFailure } from './failures.ts';
import { type Figures, Histogram } from './histogram.ts';
import { type Batch, COUNT, createCounts, failureAt } from './samples.ts';

/** The three times of a connection, each with its percentiles; null if the work has no such time. */
export interface Latency {
  readonly connect: Figures | null;
  readonly firstByte: Figures | null;
  readonly total: Figures | null;
}

export const TIMES = ['connect', 'firstByte', 'total'] as const;

/** Adds up what threads measured in a run or in one round. */
export class Tally {
  readonly histograms = { connect: new Histogram(), firstByte: new Histogram(), total: new Histogram() };
  readonly #counts = createCounts();

  add(batch: Batch): void {
    for (const time of TIMES) this.histograms[time].add(batch[time]);
    batch.counts.forEach((count, at) => {
      this.#counts[at]! += count;
    });
  }

  count(what: keyof typeof COUNT): number {
    return this.#counts[COUNT[what]]!;
  }

  errors(): Record<LoadFailure, number> {
    const rows = FAILURE_KINDS.map((kind) => [kind, this.#counts[failureAt(kind)]!] as const);
    return Object.fromEntries(rows) as Record<LoadFailure, number>;
  }

  latency(): Latency {
    const { connect, firstByte, total } = this.histograms;
    return { connect: connect.figures(), firstByte: firstByte.figures(), total: total.figures() };
  }

  /** The percentiles of both tallies together. */
  latencyWith(other: Tally): Latency {
    const figures = (time: (typeof TIMES)[number]) => {
      const both = new Histogram();
      both.merge(this.histograms[time]);
      both.merge(other.histograms[time]);
      return both.figures();
    };
    return { connect: figures('connect'), firstByte: figures('firstByte'), total: figures('total') };
  }
}
