import type { DiscoveryClock } from '../../discovery-clock.ts';

/** How often a watch may be opened: a few times at once, and in the long run once a second. */
export interface Pace {
  /** Takes one opening. Milliseconds until it is due; 0 where it may be now. */
  take(): number;
}

const BURST = 3;
const EVERY_MS = 1000;

export function createPace(clock: DiscoveryClock): Pace {
  let left = BURST;
  let filledAt = clock.now();
  return {
    take() {
      const now = clock.now();
      left = Math.min(BURST, left + (now - filledAt) / EVERY_MS) - 1;
      filledAt = now;
      return left >= 0 ? 0 : -left * EVERY_MS;
    },
  };
}
