import type { Ring } from '../ring.ts';
import { Levels } from './levels.ts';
import { NONE_TRIED, type Picker } from './picker.ts';
import { RandomTwo } from './random-two.ts';

/** Endpoints whose count each pick reads again, in turn, whichever endpoint it picks. */
const REFRESHED = 2;
/** How many endpoints a pick may reject because other workers have given them sessions meanwhile. */
const MOST_LOOKS = 4;

/**
 * The endpoint with the fewest sessions; of several, the one that has had this number longest. A worker knows its own
 * changes at once, so with one worker this is exact. With several workers it uses the counts that it last read:
 *
 * - the count of the endpoint to pick is read again, and another is taken if it has grown (up to four times a pick);
 * - each pick reads the counts of two further endpoints in turn, so every change is seen within N / 2 picks.
 */
export class LeastSessions implements Picker {
  readonly #sessions: Int32Array;
  readonly #random: () => number;
  readonly #byChance: Picker;
  #ring: Ring | null = null;
  #levels = new Levels(0);
  /** The slot of each position, in one array: reading it from the endpoint objects would miss the cache. */
  #slots = new Int32Array(0);
  #next = 0;

  /** `random` (0 to 1) chooses which of several equal endpoints comes first, so that workers do not all begin with one. */
  constructor(sessions: Int32Array, random: () => number) {
    this.#sessions = sessions;
    this.#random = random;
    this.#byChance = new RandomTwo(sessions, random);
  }

  pick(ring: Ring, client: Uint8Array | null = null, tried = NONE_TRIED): number {
    if (tried.size > 0) return this.#pickAgain(ring, client, tried);
    if (ring !== this.#ring) this.#build(ring);
    for (let count = 0; count < REFRESHED; count++) {
      this.#look(this.#next);
      this.#next = (this.#next + 1) % ring.size;
    }
    for (let look = 0; look < MOST_LOOKS; look++) {
      const at = this.#levels.first;
      this.#look(at);
      if (this.#levels.first === at) return at;
    }
    return this.#levels.first;
  }

  /** A session may still use a ring that has been replaced; levels are not rebuilt for it. */
  #pickAgain(ring: Ring, client: Uint8Array | null, tried: ReadonlySet<number>): number {
    if (ring !== this.#ring) return this.#byChance.pick(ring, client, tried);
    for (let look = 0; look < MOST_LOOKS; look++) {
      const at = this.#levels.firstBut(tried);
      this.#look(at);
      if (this.#levels.firstBut(tried) === at) return at;
    }
    return this.#levels.firstBut(tried);
  }

  changed(slot: number): void {
    const at = this.#ring === null ? -1 : this.#ring.position(slot);
    if (at >= 0) this.#look(at);
  }

  /** Reads how many sessions the endpoint really has. */
  #look(at: number): void {
    const level = Atomics.load(this.#sessions, this.#slots[at]!);
    if (level !== this.#levels.level(at)) this.#levels.move(at, level);
  }

  #build(ring: Ring): void {
    const { size, endpoints } = ring;
    this.#ring = ring;
    this.#levels = new Levels(size);
    this.#slots = Int32Array.from(endpoints, ({ slot }) => slot);
    this.#next = Math.floor(this.#random() * size);
    for (let count = 0; count < size; count++) {
      const at = (this.#next + count) % size;
      this.#levels.add(at, Atomics.load(this.#sessions, this.#slots[at]!));
    }
  }
}
