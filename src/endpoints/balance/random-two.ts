import type { Ring } from '../ring.ts';
import type { Endpoint } from '../snapshot.ts';
import type { Picker } from './picker.ts';

/** Of two endpoints by chance the one with fewer sessions, in all workers together. */
export class RandomTwo implements Picker {
  readonly #sessions: Int32Array;
  readonly #random: () => number;

  constructor(sessions: Int32Array, random: () => number) {
    this.#sessions = sessions;
    this.#random = random;
  }

  pick({ endpoints, size }: Ring): number {
    const one = Math.floor(this.#random() * size);
    if (size === 1) return one;
    const other = (one + 1 + Math.floor(this.#random() * (size - 1))) % size;
    return this.#count(endpoints[other]!) < this.#count(endpoints[one]!) ? other : one;
  }

  changed(): void {}

  #count({ slot }: Endpoint): number {
    return Atomics.load(this.#sessions, slot);
  }
}
