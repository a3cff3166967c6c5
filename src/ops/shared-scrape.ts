import type { Clock } from '../observe/clock.ts';

/** After a scrape the thread rests for this many times its length, at most a second: scrapes take a fifth of it at most. */
const REST = 4;
const MAX_REST_MS = 1000;

/**
 * Runs one scrape at a time. Requests that come before a scrape has begun share it and its bytes: a thousand requests are one
 * scrape, and slow readers hold one copy of the answer. A request that comes during a scrape gets the next one, so that the
 * answer shows everything that happened before the request.
 */
export function shareScrape(scrape: () => Promise<string>, clock: Clock): () => Promise<Buffer> {
  let next: Promise<Buffer> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let restUntil = Number.NEGATIVE_INFINITY;

  async function run(before: Promise<unknown>): Promise<Buffer> {
    await before;
    const restMs = restUntil - clock.now();
    if (restMs > 0) await new Promise<void>((resolve) => void clock.after(restMs, resolve));
    // After all input that is ready now, so that probes do not wait for it.
    await new Promise(setImmediate);
    next = null;
    const begun = clock.now();
    try {
      return Buffer.from(await scrape());
    } finally {
      const end = clock.now();
      restUntil = end + Math.min(REST * (end - begun), MAX_REST_MS);
    }
  }

  return () => {
    if (next === null) {
      next = run(last);
      last = next.catch(() => {});
    }
    return next;
  };
}

/** Runs one question at a time. Calls that come while one is under way share its answer. */
export function shareQuestion<T>(ask: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= ask().finally(() => {
      running = null;
    });
    return running;
  };
}
