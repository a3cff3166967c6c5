import type { Clock } from '../observe/clock.ts';

/** After a scrape the thread is left to others for so many times as long, within a second: a fifth of it is ours at most. */
const REST = 4;
const MAX_REST_MS = 1000;

/**
 * One scrape at a time, whoever asks. Who asks before one has begun shares it, and its bytes: a thousand questions in one
 * segment, or on as many connections, are one scrape, and what a slow reader keeps is there once. Who asks while one is under way
 * gets the next, so that what happened before the question is in the answer.
 */
export function shareScrape(scrape: () => Promise<string>, clock: Clock): () => Promise<Buffer> {
  let next: Promise<Buffer> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let restUntil = Number.NEGATIVE_INFINITY;

  async function run(before: Promise<unknown>): Promise<Buffer> {
    await before;
    const restMs = restUntil - clock.now();
    if (restMs > 0) await new Promise<void>((resolve) => void clock.after(restMs, resolve));
    // Behind all that has come from the network by now: probes do not wait for it.
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

/** One question at a time: who asks while one is under way shares its answer. */
export function shareQuestion<T>(ask: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= ask().finally(() => {
      running = null;
    });
    return running;
  };
}
