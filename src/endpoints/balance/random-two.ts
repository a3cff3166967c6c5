import type { Ring } from '../ring.ts';
import type { Endpoint } from '../snapshot.ts';
import { NONE_TRIED, type Picker } from './picker.ts';

/** Draws two endpoints at random and picks the one with fewer sessions, counting those of all workers. */
export class RandomTwo implements Picker {
  readonly #sessions: Int32Array;
  readonly #random: () => number;

  constructor(sessions: Int32Array, random: () => number) {
    this.#sessions = sessions;
    this.#random = random;
  }

  pick({ endpoints, size }: Ring, _client: Uint8Array | null = null, tried = NONE_TRIED): number {
    const left = size - tried.size;
    const drawn = Math.floor(this.#random() * left);
    const one = untried(drawn, tried);
    if (left === 1) return one;
    const other = untried((drawn + 1 + Math.floor(this.#random() * (left - 1))) % left, tried);
    return this.#count(endpoints[other]!) < this.#count(endpoints[one]!) ? other : one;
  }

  changed(): void {}

  #count({ slot }: Endpoint): number {
    return Atomics.load(this.#sessions, slot);
  }
}

/** The position with index `count` among those that were not tried. */
function untried(count: number, tried: ReadonlySet<number>): number {
  if (tried.size === 0) return count;
  let at = count;
  for (const each of [...tried].sort((a, b) => a - b)) if (each <= at) at++;
  return at;
}
