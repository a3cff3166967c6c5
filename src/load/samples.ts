import { FAILURE_KINDS, type LoadFailure } from './failures.ts';

/** The index of each count in `Counts`. Failures follow, in the order of `FAILURE_KINDS`. */
export const COUNT = {
  connections: 0,
  requests: 1,
  sentBytes: 2,
  receivedBytes: 3,
  wrongClients: 4,
  rightClients: 5,
  unknownClients: 6,
  goodAnswers: 7,
} as const;
const FAILURES_AT = 8;

export type Counts = Float64Array;

export function createCounts(): Counts {
  return new Float64Array(FAILURES_AT + FAILURE_KINDS.length);
}

/** The index of a kind of failure in `Counts`. */
export function failureAt(failure: LoadFailure): number {
  return FAILURES_AT + FAILURE_KINDS.indexOf(failure);
}

/** What one thread measured in an interval: times in microseconds, and counts. It is posted to the main thread. */
export interface Batch {
  readonly connect: Uint32Array;
  readonly firstByte: Uint32Array;
  readonly total: Uint32Array;
  readonly counts: Counts;
}

/** The times of one figure, in order of arrival. */
class Times {
  #times = new Uint32Array(1024);
  #length = 0;

  add(us: number): void {
    if (this.#length === this.#times.length) {
      const larger = new Uint32Array(2 * this.#length);
      larger.set(this.#times);
      this.#times = larger;
    }
    // Clocks read by two threads may differ slightly; a time is never negative.
    this.#times[this.#length++] = Math.max(us, 0);
  }

  flush(): Uint32Array {
    const times = this.#times.slice(0, this.#length);
    this.#length = 0;
    return times;
  }
}

/**
 * Collects what a thread measures. Every time is kept until `flush`; histograms are made by the main thread, so that
 * this one is not delayed.
 */
export class Samples {
  readonly connect = new Times();
  readonly firstByte = new Times();
  readonly total = new Times();
  #counts = createCounts();

  count(what: number, by = 1): void {
    this.#counts[what]! += by;
  }

  fail(failure: LoadFailure): void {
    this.#counts[failureAt(failure)]! += 1;
  }

  flush(): Batch {
    const counts = this.#counts;
    this.#counts = createCounts();
    return {
      connect: this.connect.flush(),
      firstByte: this.firstByte.flush(),
      total: this.total.flush(),
      counts,
    };
  }
}
