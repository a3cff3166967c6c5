import type { Clock } from './clock.ts';
import type { Log, LogFields } from './log.ts';

export interface LineLimit {
  /** Lines of one kind that may be written at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** How often suppressed lines are summed up. */
  readonly summaryMs: number;
}

const LINE_LIMIT: LineLimit = { burst: 20, perSecond: 5, summaryMs: 10_000 };

/** Limits the rate of log lines of each kind, so that a flood of one kind cannot fill a disk or hide the other kinds. */
export interface LineLimiter<Kind> {
  /** True if a line of the kind may be written; otherwise it is counted for the next summary. */
  allow(kind: Kind): boolean;
  /** Writes the last summary, and cancels the timer. */
  stop(): void;
}

interface Bucket {
  tokens: number;
  filledAt: number;
  held: number;
}

/**
 * A token bucket for each kind. `summarize` is called for each kind with suppressed lines, `summaryMs` after the first of
 * them, with their number and that time; and again as long as lines are suppressed.
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

/** Log lines about endpoints, limited for each listener: thousands of endpoints may fail at once. */
export interface EndpointLines {
  write(level: 'warn' | 'info', fields: LogFields & { readonly listener: string }, message: string): void;
  /** Writes the last summary. */
  stop(): void;
}

export function createEndpointLines(log: Log, clock: Clock): EndpointLines {
  const limiter = limitLines<string>(clock, (listener, held, ms) => {
    log.warn({ listener, held }, `${held} more lines about its endpoints in ${Math.round(ms / 1000)} s`);
  });
  return {
    write(level, fields, message) {
      if (limiter.allow(fields.listener)) log[level](fields, message);
    },
    stop: limiter.stop,
  };
}
