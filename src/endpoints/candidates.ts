import type { Ring } from './ring.ts';
import type { Endpoint } from './snapshot.ts';

/** Who picks a further endpoint for a session that could not reach those before it. */
export interface NextPicker {
  /** A position of the ring that is none of `tried`, which are fewer than all. `isLast`: the ring is that of the last resort. */
  pickNext(ring: Ring, client: Uint8Array | null, tried: ReadonlySet<number>, isLast: boolean): number;
}

/** The endpoints that one session may try, in order. A snapshot that changes meanwhile does not touch it. */
export class Candidates {
  readonly #first: Ring;
  readonly #last: Ring;
  readonly #attempts: number;
  readonly #picker: NextPicker;
  readonly #client: Uint8Array | null;
  #count = 0;
  /** The position that is next, in its ring; -1 where it is not picked yet. */
  #at: number;
  #latest = -1;
  /** Positions of the ring that is being gone through; made for the second of it. */
  #tried: Set<number> | null = null;

  /**
   * `first` is gone through from `start` on, then `last`, each picked when it is asked for; at most `attempts` in all.
   * One is made for each session: it keeps what the picker is asked with, rather than a function of its own.
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

  /** How many were handed out. */
  get tried(): number {
    return this.#count;
  }

  /** The one that `next` will give. */
  get following(): Endpoint | null {
    const { size } = this.#first;
    if (this.#count >= this.#attempts || this.#count >= size + this.#last.size) return null;
    const isLast = this.#count >= size;
    const ring = isLast ? this.#last : this.#first;
    if (this.#at < 0) this.#at = this.#pick(ring, isLast);
    return ring.endpoints[this.#at]!;
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

  #pick(ring: Ring, isLast: boolean): number {
    this.#tried ??= new Set();
    if (this.#count === this.#first.size) this.#tried.clear();
    else this.#tried.add(this.#latest);
    return this.#picker.pickNext(ring, this.#client, this.#tried, isLast);
  }
}
