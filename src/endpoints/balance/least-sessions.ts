import type { Ring } from '../ring.ts';
import { Levels } from './levels.ts';
import { NONE_TRIED, type Picker } from './picker.ts';
import { RandomTwo } from './random-two.ts';

/** Endpoints that each pick looks at in turn, whoever is about to be picked. */
const REFRESHED = 2;
/** Times that a pick may find that its endpoint has more sessions by now. */
const MOST_LOOKS = 4;

/**
 * The endpoint with the fewest sessions; of several, the one that has been waiting longest. What a worker does
 * itself it knows at once, so with one worker this is exact. With more it believes what it last saw:
 *
 * - who is picked is looked at again, and steps back if others have given it sessions (four times a pick);
 * - whose sessions ended elsewhere is found by looking at two endpoints a pick, in turn: within N / 2 picks.
 */
export class LeastSessions implements Picker {
  readonly #sessions: Int32Array;
  readonly #random: () => number;
  readonly #byChance: Picker;
  #ring: Ring | null = null;
  #levels = new Levels(0);
  /** The slot of each position: reads of a plain array, not of endpoints all over the heap. */
  #slots = new Int32Array(0);
  #next = 0;

  /** `random` (0 to 1) sets which of several equal ones is first, so that workers do not all begin with one. */
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

  /** A session may go on over a ring that is not the latest any more: it is not built again for that. */
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

  /** Sees how many sessions it really has. */
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
