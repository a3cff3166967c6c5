import type { Ring } from '../ring.ts';
import type { Picker } from './picker.ts';

/** Each endpoint in turn. The round is this worker's own, and goes on over a new ring. */
export class RoundRobin implements Picker {
  readonly #random: () => number;
  #next = -1;

  /** `random` (0 to 1) sets where the first round begins, so that workers do not march in step. */
  constructor(random: () => number) {
    this.#random = random;
  }

  pick({ size }: Ring): number {
    const at = (this.#next < 0 ? Math.floor(this.#random() * size) : this.#next) % size;
    this.#next = (at + 1) % size;
    return at;
  }

  changed(): void {}
}
