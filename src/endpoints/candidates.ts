import type { CandidateOrder } from './candidate-order.ts';
import type { Ring } from './ring.ts';
import type { Endpoint } from './snapshot.ts';

/** Picks a further endpoint for a session that could not reach the ones before it. */
export interface NextPicker {
  /** A position in the ring that is not in `tried`; `tried` never contains all. `isLast`: the ring is the last resort. */
  pickNext(ring: Ring, client: Uint8Array | null, tried: ReadonlySet<number>, isLast: boolean): number;
}

/** The candidates of a pool without destinations of different weights. */
export class Candidates implements CandidateOrder {
  readonly #first: Ring;
  readonly #last: Ring;
  readonly #attempts: number;
  readonly #picker: NextPicker;
  readonly #client: Uint8Array | null;
  #count = 0;
  /** The next position in its ring; -1 if it is not picked yet. */
  #at: number;
  #latest = -1;
  /** Tried positions of the current ring. Made only when a second endpoint is needed. */
  #tried: Set<number> | null = null;

  /**
   * Begins with position `start` of `first`, continues with the rest of `first` and then with `last`, and ends after
   * `attempts` endpoints. Each is picked when it is needed. There is one object for each session, so it stores the arguments
   * of the picker instead of creating a closure.
   */
  constructor(
    first: Ring,
    last: Ring,
    start: number,
    attempts: number,
    picker: NextPicker,
    client: Uint8Array | null,
  ) {
    this.#first = first;
    this.#last = last;
    this.#at = first.size > 0 ? start : -1;
    this.#attempts = attempts;
    this.#picker = picker;
    this.#client = client;
  }

  get empty(): null {
    return null;
  }

  get tried(): number {
    return this.#count;
  }

  get following(): Endpoint | null {
    const { size } = this.#first;
    if (this.#count >= this.#attempts || this.#count >= size + this.#last.size) return null;
    const isLast = this.#count >= size;
    const ring = isLast ? this.#last : this.#first;
    if (this.#at < 0) this.#at = this.#pick(ring, isLast);
    return ring.endpoints[this.#at]!;
  }

  next(): Endpoint | null {
    const endpoint = this.following;
    if (endpoint === null) return null;
    this.#count++;
    this.#latest = this.#at;
    this.#at = -1;
    return endpoint;
  }

  #pick(ring: Ring, isLast: boolean): number {
    this.#tried ??= new Set();
    if (this.#count === this.#first.size) this.#tried.clear();
    else this.#tried.add(this.#latest);
    return this.#picker.pickNext(ring, this.#client, this.#tried, isLast);
  }
}
