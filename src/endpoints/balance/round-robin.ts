import type { Ring } from '../ring.ts';
import { NONE_TRIED, type Picker } from './picker.ts';

/**
 * Each endpoint in turn. The cursor is this worker's own and continues over a new ring. Retries have a second cursor: with
 * one cursor for both, the endpoint after an unreachable one would get retries only, so each of its sessions would have
 * tried the unreachable one first. The second cursor runs backwards, so that what one round favours the other does not:
 * the session counts of the reachable endpoints differ by at most one.
 */
export class RoundRobin implements Picker {
  readonly #random: () => number;
  #next = -1;
  #again = -1;

  /** `random` (0 to 1) chooses where the first round begins, so that workers do not all pick the same endpoint. */
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
