import type { Clock } from '../../src/discovery/clock.ts';

/** A clock that stands still until a test turns it. */
export interface TurnedClock extends Clock {
  /** Lets so much time pass, and runs what was waiting for it, in its order. */
  advance(ms: number): void;
  /** The delays of what is waiting, as they were asked for. */
  readonly waiting: readonly number[];
  /** Resolves once something waits that asked for a delay of so many milliseconds. */
  until(ms: number): Promise<void>;
}

interface Waiting {
  readonly at: number;
  readonly ms: number;
  readonly run: () => void;
}

export function turnedClock(): TurnedClock {
  let nowMs = 0;
  let waiting: Waiting[] = [];
  let watchers: { readonly ms: number; readonly resolve: () => void }[] = [];
  return {
    now: () => nowMs,
    date: () => 1_700_000_000_000 + nowMs,
    after(ms, run) {
      const entry = { at: nowMs + ms, ms, run };
      waiting.push(entry);
      for (const watcher of watchers) if (watcher.ms === ms) watcher.resolve();
      watchers = watchers.filter((watcher) => watcher.ms !== ms);
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
    until(ms) {
      if (waiting.some((each) => each.ms === ms)) return Promise.resolve();
      return new Promise((resolve) => watchers.push({ ms, resolve }));
    },
  };
}
