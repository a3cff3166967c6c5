import { FAILURE_KINDS } from './failures.ts';
import { Histogram } from './histogram.ts';
import { type Batch, COUNT, failureAt } from './samples.ts';

/** One interval of the measurement. `seconds` is its end; percentiles are microseconds. */
export interface Point {
  readonly seconds: number;
  readonly perSecond: number;
  readonly errorsPerSecond: number;
  readonly bytesPerSecond: number;
  /** The number of samples behind the percentiles. */
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Intervals that still accept samples: threads report at nearly the same time. */
const OPEN_INTERVALS = 3;

class Interval {
  readonly histogram = new Histogram(2);
  done = 0;
  errors = 0;
  bytes = 0;
}

/** The figures of a run over time. */
export class Series {
  readonly #intervalUs: number;
  readonly #open = new Map<number, Interval>();
  readonly #points = new Map<number, Point>();

  constructor(intervalUs: number) {
    this.#intervalUs = intervalUs;
  }

  add(number: number, { total, connect, counts }: Batch, isHeld: boolean): void {
    if (number < 0 || this.#points.has(number)) return;
    const interval = this.#open.get(number) ?? new Interval();
    this.#open.set(number, interval);
    interval.histogram.add(isHeld ? connect : total);
    interval.done += counts[COUNT.requests]! || counts[COUNT.connections]!;
    for (const kind of FAILURE_KINDS) interval.errors += counts[failureAt(kind)]!;
    interval.bytes += counts[COUNT.sentBytes]! + counts[COUNT.receivedBytes]!;
    for (const old of this.#open.keys()) if (old <= number - OPEN_INTERVALS) this.#close(old);
  }

  /** The latest interval with figures. */
  latest(): Point | null {
    const number = Math.max(...this.#open.keys(), ...this.#points.keys());
    const interval = this.#open.get(number);
    return interval === undefined ? (this.#points.get(number) ?? null) : this.#pointOf(number, interval);
  }

  points(): readonly Point[] {
    for (const number of [...this.#open.keys()]) this.#close(number);
    return [...this.#points.entries()].sort(([a], [b]) => a - b).map(([, point]) => point);
  }

  #close(number: number): void {
    this.#points.set(number, this.#pointOf(number, this.#open.get(number)!));
    this.#open.delete(number);
  }

  #pointOf(number: number, { histogram, done, errors, bytes }: Interval): Point {
    const seconds = this.#intervalUs / 1_000_000;
    const figures = histogram.figures();
    return {
      seconds: (number + 1) * seconds,
      perSecond: done / seconds,
      errorsPerSecond: errors / seconds,
      bytesPerSecond: bytes / seconds,
      count: figures?.count ?? 0,
      p50: figures?.p50 ?? null,
      p95: figures?.p95 ?? null,
      p99: figures?.p99 ?? null,
      max: figures?.max ?? null,
    };
  }
}
