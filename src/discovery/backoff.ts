import type { DiscoveryClock } from './discovery-clock.ts';

// Waits between attempts: how long after a failure, and how often at most.

/** How long to wait before the next attempt. */
export interface Backoff {
  /** Milliseconds to wait: longer with each call, and at least `leastMs`. */
  next(leastMs?: number): number;
  /** Starts again with the first wait, after a success. */
  reset(): void;
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
  /** If this time passes after the last wait without a call, it starts again with the first wait. */
  readonly resetMs: number;
}

/** W7, as in client-go: doubles up to a bound, and adds up to 100 % jitter, so that clients do not retry at the same time. */
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

/** Resolves when `ms` have passed or the signal is aborted. */
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

/** A token bucket: a few attempts at once, and one a second in the long run. */
export interface Pace {
  /** Reserves one attempt. Returns the milliseconds until it may begin; 0: now. */
  reserve(): number;
}

const BURST = 3;
const EVERY_MS = 1000;

export function createPace(clock: DiscoveryClock): Pace {
  let left = BURST;
  let filledAt = clock.now();
  return {
    reserve() {
      const now = clock.now();
      left = Math.min(BURST, left + (now - filledAt) / EVERY_MS) - 1;
      filledAt = now;
      return left >= 0 ? 0 : -left * EVERY_MS;
    },
  };
}
