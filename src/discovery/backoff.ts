import type { DiscoveryClock } from './discovery-clock.ts';

/** How long to wait before trying again. */
export interface Backoff {
  /** Milliseconds: more from one call to the next, but never less than `leastMs`. */
  next(leastMs?: number): number;
  /** It begins anew: what was waited for works again. */
  reset(): void;
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
  /** Without a call for so long, it begins anew. */
  readonly resetMs: number;
}

/** W7, as client-go has it: doubled up to a bound, and of that one to two times, so that not all come back at once. */
export function createBackoff(
  { firstMs, mostMs, resetMs }: BackoffOptions,
  clock: DiscoveryClock,
  random: () => number,
): Backoff {
  let baseMs = firstMs;
  let freeAt = Number.NEGATIVE_INFINITY;
  return {
    next(leastMs = 0) {
      if (clock.now() - freeAt > resetMs) baseMs = firstMs;
      const waitMs = Math.max(leastMs, baseMs * (1 + random()));
      baseMs = Math.min(2 * baseMs, mostMs);
      freeAt = clock.now() + waitMs;
      return waitMs;
    },
    reset() {
      baseMs = firstMs;
    },
  };
}

/** Resolves when `ms` have passed, or the signal says stop. */
export function pause(ms: number, clock: DiscoveryClock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal.addEventListener('abort', finish);
  });
}
