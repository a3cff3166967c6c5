import type { DiscoveryClock } from './discovery-clock.ts';

/** Runs something when it is asked to: the first time at once, and of a burst once in a while. */
export interface Coalescer {
  /** What happened before the call will have been seen by a run. */
  poke(): void;
  /** No run from now on. */
  stop(): void;
}

/** Of a run that takes long, so many times as long passes before the next: the rest of the process has work too. */
const REST = 4;

/** Between two runs lie at least `everyMs`. */
export function createCoalescer(everyMs: number, run: () => void, clock: DiscoveryClock): Coalescer {
  let freeAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;
  let isStopped = false;
  const runNow = () => {
    cancel = null;
    const startedAt = clock.now();
    run();
    const tookMs = clock.now() - startedAt;
    freeAt = startedAt + tookMs + Math.max(everyMs - tookMs, REST * tookMs);
  };
  return {
    poke() {
      if (isStopped || cancel !== null) return;
      const waitMs = freeAt - clock.now();
      if (waitMs <= 0) runNow();
      else cancel = clock.after(waitMs, runNow);
    },
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}
