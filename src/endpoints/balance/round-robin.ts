import type { Ring } from '../ring.ts';
import { NONE_TRIED, type Picker } from './picker.ts';

/**
 * Each endpoint in turn. The rounds are this worker's own, and go on over a new ring. Failed turns have a round of their
 * own: in one round for both, whoever stands behind an endpoint that is down would send each session there first. It
 * goes the other way, so that who is ahead in one is behind in the other: whoever can be reached has as many sessions
 * as every other, or one more.
 */
export class RoundRobin implements Picker {
  readonly #random: () => number;
  #next = -1;
  #again = -1;

  /** `random` (0 to 1) sets where the first round begins, so that workers do not march in step. */
  constructor(random: () => number) {
    this.#random = random;
  }

  pick({ size }: Ring, _client: Uint8Array | null = null, tried = NONE_TRIED): number {
    if (this.#next < 0) {
      this.#next = Math.floor(this.#random() * size);
      this.#again = (this.#next + size - 1) % size;
    }
    if (tried.size > 0) return this.#pickAgain(size, tried);
    const at = this.#next % size;
    this.#next = (at + 1) % size;
    return at;
  }

  changed(): void {}

  #pickAgain(size: number, tried: ReadonlySet<number>): number {
    let at = this.#again % size;
    while (tried.has(at)) at = (at + size - 1) % size;
    this.#again = (at + size - 1) % size;
    return at;
  }
}
