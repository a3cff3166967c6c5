import type { DiscoveryClock } from '../../src/discovery/discovery-clock.ts';
import { createConditions } from './conditions.ts';

/** A clock that stands still until a test turns it. */
export interface TurnedClock extends DiscoveryClock {
  /** Lets so much time pass, and runs what was waiting for it, in its order. */
  advance(ms: number): void;
  /** The delays of what is waiting, as they were asked for. */
  readonly waiting: readonly number[];
  /** Resolves once so many wait (one, if not said) that asked for a delay of so many milliseconds. */
  until(ms: number, times?: number): Promise<void>;
}

interface Waiting {
  readonly at: number;
  readonly ms: number;
  readonly run: () => void;
}

export function turnedClock(): TurnedClock {
  let nowMs = 0;
  let waiting: Waiting[] = [];
  const conditions = createConditions();
  return {
    now: () => nowMs,
    date: () => 1_700_000_000_000 + nowMs,
    after(ms, run) {
      const entry = { at: nowMs + ms, ms, run };
      waiting.push(entry);
      conditions.touch();
      return () => {
        waiting = waiting.filter((each) => each !== entry);
      };
    },
    advance(ms) {
      const end = nowMs + ms;
      for (;;) {
        const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        waiting = waiting.filter((each) => each !== next);
        nowMs = Math.max(nowMs, next.at);
        next.run();
      }
      nowMs = end;
    },
    get waiting() {
      return waiting.map(({ ms }) => ms);
    },
    until: (ms, times = 1) =>
      conditions.until(() => waiting.filter((each) => each.ms === ms).length >= times),
  };
}
