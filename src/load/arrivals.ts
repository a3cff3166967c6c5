/** When connections should start: each call gives the next time, in microseconds from the start. */
export type Arrivals = () => number;

export interface ArrivalOptions {
  /** Arrivals a second of the whole run. */
  readonly rate: number;
  readonly kind: 'poisson' | 'constant';
  /** Which of how many threads. */
  readonly thread: number;
  readonly threads: number;
  /** From 0 up to but not 1. */
  readonly random: () => number;
}

/**
 * One thread's share of the arrivals. Constant: every so many microseconds, the threads in turn, and without a
 * sum whose rounding would drift. Poisson: gaps that are exponential, so that arrivals of many threads are
 * together what one would make alone.
 */
export function createArrivals({ rate, kind, thread, threads, random }: ArrivalOptions): Arrivals {
  const gapUs = 1_000_000 / rate;
  if (kind === 'constant') {
    let number = thread;
    return () => {
      const at = number * gapUs;
      number += threads;
      return at;
    };
  }
  let at = 0;
  return () => {
    at -= Math.log(1 - random()) * gapUs * threads;
    return at;
  };
}
