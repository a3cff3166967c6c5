import { type Backoff, createBackoff } from '../../discovery/backoff.ts';
import type { DiscoveryClock } from '../../discovery/discovery-clock.ts';

/** Whether somebody else keeps changing back what is written here, and how long to let it be. */
export interface Contest {
  readonly isOn: boolean;
  /** What was written has been changed by somebody else. True if it counts as a contest from now on. */
  rewritten(): boolean;
  /** How long to wait before the next write; 0: it may be written now. */
  waitMs(): number;
}

/** Rewrites that are borne without a wait: two controllers that start together settle in fewer. */
const MAX_REWRITES = 3;
/** After this long without a rewrite the contest is over. */
const QUIET_MS = 600_000;
const WAIT = { firstMs: 10_000, mostMs: 300_000, resetMs: QUIET_MS };

export function createContest(clock: DiscoveryClock, random: () => number): Contest {
  return new ClockedContest(clock, random);
}

/** A class, because there is one for each object with a status: closures take three times as much. */
class ClockedContest implements Contest {
  readonly #clock: DiscoveryClock;
  readonly #random: () => number;
  /** Made with the first wait: hardly an object is contested. */
  #backoff: Backoff | null = null;
  #rewrites = 0;
  #lastAt = Number.NEGATIVE_INFINITY;
  #freeAt = Number.NEGATIVE_INFINITY;

  constructor(clock: DiscoveryClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  get isOn(): boolean {
    this.#forget();
    return this.#rewrites > MAX_REWRITES;
  }

  rewritten(): boolean {
    this.#forget();
    this.#rewrites++;
    this.#lastAt = this.#clock.now();
    if (this.#rewrites <= MAX_REWRITES) return false;
    this.#backoff ??= createBackoff(WAIT, this.#clock, this.#random);
    this.#freeAt = this.#clock.now() + this.#backoff.next();
    return this.#rewrites === MAX_REWRITES + 1;
  }

  waitMs(): number {
    return Math.max(0, this.#freeAt - this.#clock.now());
  }

  /** Waiting does not count as quiet: the time runs from the end of the last wait. */
  #forget(): void {
    if (this.#clock.now() - Math.max(this.#lastAt, this.#freeAt) > QUIET_MS) this.#rewrites = 0;
  }
}
