/** Returns the due time of the next arrival at each call, in microseconds from the start. */
export type Arrivals = () => number;

export interface ArrivalOptions {
  /** Arrivals a second of the whole run. */
  readonly rate: number;
  readonly kind: 'poisson' | 'constant';
  /** Number of this thread, from 0. */
  readonly thread: number;
  readonly threads: number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * One thread's share of the arrivals. Constant: equal gaps, threads in turn, each time computed from its number so that
 * rounding does not add up. Poisson: exponential gaps; the arrivals of all threads together are Poisson as well.
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
