import type { Clock } from './clock.ts';

export interface LineLimit {
  /** Lines of one kind that may come at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** How often what was held back is summed up. */
  readonly summaryMs: number;
}

const LINE_LIMIT: LineLimit = { burst: 20, perSecond: 5, summaryMs: 10_000 };

/** Decides line by line, so that a flood of one kind can't fill a disk nor hide the other kinds. */
export interface LineLimiter<Kind> {
  /** True where a line of the kind may be written; else it is counted for the next summary. */
  allow(kind: Kind): boolean;
  /** Sums up what is held back, and stops the clock. */
  stop(): void;
}

interface Bucket {
  tokens: number;
  filledAt: number;
  held: number;
}

/**
 * A token bucket for each kind. `summarize` is called for each kind of which lines were held back,
 * `summaryMs` after the first of them and again as long as it goes on, with their number and that time.
 */
export function limitLines<Kind>(
  clock: Clock,
  summarize: (kind: Kind, held: number, ms: number) => void,
  limit: LineLimit = LINE_LIMIT,
): LineLimiter<Kind> {
  const buckets = new Map<Kind, Bucket>();
  let cancel: (() => void) | null = null;
  let since = 0;

  function sumUp(): void {
    cancel?.();
    cancel = null;
    const ms = clock.now() - since;
    for (const [kind, bucket] of buckets) {
      if (bucket.held > 0) summarize(kind, bucket.held, ms);
      bucket.held = 0;
    }
  }

  return {
    allow(kind) {
      const now = clock.now();
      const bucket = buckets.get(kind) ?? { tokens: limit.burst, filledAt: now, held: 0 };
      buckets.set(kind, bucket);
      const gained = ((now - bucket.filledAt) / 1000) * limit.perSecond;
      bucket.tokens = Math.min(limit.burst, bucket.tokens + gained);
      bucket.filledAt = now;
      if (bucket.tokens >= 1) {
        bucket.tokens--;
        return true;
      }
      bucket.held++;
      if (cancel === null) {
        since = now;
        cancel = clock.after(limit.summaryMs, sumUp);
      }
      return false;
    },
    stop: sumUp,
  };
}
