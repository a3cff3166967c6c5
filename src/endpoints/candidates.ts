import type { Endpoint } from './snapshot.ts';

/** The endpoints that one session may try, in order. A snapshot that changes meanwhile does not touch it. */
export class Candidates {
  readonly #first: readonly Endpoint[];
  readonly #last: readonly Endpoint[];
  readonly #start: number;
  readonly #attempts: number;
  #tried = 0;

  /** `first` is walked in a ring from `start`, then `last`; at most `attempts` in all. */
  constructor(first: readonly Endpoint[], last: readonly Endpoint[], start: number, attempts: number) {
    this.#first = first;
    this.#last = last;
    this.#start = start;
    this.#attempts = attempts;
  }

  /** How many were handed out. */
  get tried(): number {
    return this.#tried;
  }

  /** The one that `next` will give. */
  get following(): Endpoint | null {
    if (this.#tried >= this.#attempts) return null;
    const { length } = this.#first;
    const at = this.#tried;
    const endpoint = at < length ? this.#first[(this.#start + at) % length] : this.#last[at - length];
    return endpoint ?? null;
  }

  /** The next one to dial, or null where there is none left. */
  next(): Endpoint | null {
    const endpoint = this.following;
    if (endpoint !== null) this.#tried++;
    return endpoint;
  }
}
