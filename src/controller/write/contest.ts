import { createBackoff } from '../../discovery/backoff.ts';
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
  const backoff = createBackoff(WAIT, clock, random);
  let rewrites = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let freeAt = Number.NEGATIVE_INFINITY;

  /** Waiting does not count as quiet: the time runs from the end of the last wait. */
  function forget(): void {
    if (clock.now() - Math.max(lastAt, freeAt) > QUIET_MS) rewrites = 0;
  }

  return {
    get isOn() {
      forget();
      return rewrites > MAX_REWRITES;
    },
    rewritten() {
      forget();
      rewrites++;
      lastAt = clock.now();
      if (rewrites <= MAX_REWRITES) return false;
      freeAt = clock.now() + backoff.next();
      return rewrites === MAX_REWRITES + 1;
    },
    waitMs: () => Math.max(0, freeAt - clock.now()),
  };
}
