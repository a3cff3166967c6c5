import type { Endpoint } from './snapshot.ts';

/** Picks a position of the first list (of the last one, where `isLast`) that is none of `tried`. */
export type PickAgain = (tried: ReadonlySet<number>, isLast: boolean) => number;

/** The endpoints that one session may try, in order. A snapshot that changes meanwhile does not touch it. */
export class Candidates {
  readonly #first: readonly Endpoint[];
  readonly #last: readonly Endpoint[];
  readonly #attempts: number;
  readonly #pickAgain: PickAgain;
  #count = 0;
  /** The position that is next, in its list; -1 where it is not picked yet. */
  #at: number;
  #latest = -1;
  /** Positions of the list that is being gone through; made for the second of it. */
  #tried: Set<number> | null = null;

  /**
   * `first` is gone through from `start` on, then `last`, each picked when it is asked for; at most `attempts` in all.
   */
  constructor(
    first: readonly Endpoint[],
    last: readonly Endpoint[],
    start: number,
    attempts: number,
    pickAgain?: PickAgain,
  ) {
    this.#first = first;
    this.#last = last;
    this.#at = first.length > 0 ? start : -1;
    this.#attempts = attempts;
    this.#pickAgain = pickAgain ?? inOrder(first.length, start);
  }

  /** How many were handed out. */
  get tried(): number {
    return this.#count;
  }

  /** The one that `next` will give. */
  get following(): Endpoint | null {
    const { length } = this.#first;
    if (this.#count >= this.#attempts || this.#count >= length + this.#last.length) return null;
    const isLast = this.#count >= length;
    if (this.#at < 0) this.#at = this.#pick(isLast);
    return (isLast ? this.#last : this.#first)[this.#at]!;
  }

  /** The next one to dial, or null where there is none left. */
  next(): Endpoint | null {
    const endpoint = this.following;
    if (endpoint === null) return null;
    this.#count++;
    this.#latest = this.#at;
    this.#at = -1;
    return endpoint;
  }

  #pick(isLast: boolean): number {
    this.#tried ??= new Set();
    if (this.#count === this.#first.length) this.#tried.clear();
    else this.#tried.add(this.#latest);
    return this.#pickAgain(this.#tried, isLast);
  }
}

/** In a ring from the start, then in the order of the last list. */
function inOrder(size: number, start: number): PickAgain {
  return ({ size: count }, isLast) => (isLast ? count : (start + count) % size);
}
