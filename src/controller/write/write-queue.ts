import { type Backoff, createBackoff } from '../../discovery/backoff.ts';
import type { DiscoveryClock } from '../../discovery/discovery-clock.ts';
import type { ApiFailure, FailureCode } from '../../discovery/kubernetes/failure.ts';

/** What came of one write: it is done, it is to be tried again at once or after a wait, or it failed. */
export type WriteOutcome = 'done' | 'again' | { readonly waitMs: number } | ApiFailure;

export interface WriteQueueParts {
  readonly clock: DiscoveryClock;
  readonly random: () => number;
  /** Whether this instance may write now. */
  readonly mayWrite: () => boolean;
  /** Writes what this key stands for. Never rejects; the signal says that this instance may not write any more. */
  readonly write: (key: string, signal: AbortSignal) => Promise<WriteOutcome>;
  readonly perSecond: number;
}

/**
 * Keys whose writes are due: the newest first, so many a second and a few at a time. A failure that is the object's own delays
 * its key, one of the API server delays all of them, each time twice as long and at least as long as the server asks.
 */
export interface WriteQueue {
  /** The key is due, as the newest. A wait that it has after a failure goes on. */
  add(key: string): void;
  drop(key: string): void;
  /** It waits. One that is being written does not: what changes now needs another write. */
  has(key: string): boolean;
  /** `mayWrite` has changed. If it is false now, writes under way are cancelled. */
  changed(): void;
  stop(): void;
}

interface Due {
  order: number;
  /** Not before this time of the clock. */
  at: number;
}

/** Requests at the same time: a slow API server must not slow ten writes a second down to one. */
const MAX_OPEN = 4;
const ONE_OBJECT = { firstMs: 1000, mostMs: 300_000, resetMs: 600_000 };
const ALL_OBJECTS = { firstMs: 500, mostMs: 30_000, resetMs: 120_000 };
/** Failures that say something of the object or of the rights for its kind, not of the server. */
const OF_OBJECT: readonly FailureCode[] = [
  ...(['forbidden', 'not_found', 'conflict', 'exists', 'invalid', 'rejected', 'expired'] as const),
  // A webhook of one kind that fails is a 5xx as well.
  ...(['unavailable', 'bad_answer'] as const),
];

export function createWriteQueue({ clock, random, mayWrite, write, perSecond }: WriteQueueParts): WriteQueue {
  const due = new Map<string, Due>();
  const backoffs = new Map<string, Backoff>();
  const open = new Set<string>();
  const shared = createBackoff(ALL_OBJECTS, clock, random);
  let abort = new AbortController();
  let order = 0;
  let isStopped = false;
  /** When the next write may begin, by the rate and by the server. */
  let freeAt = Number.NEGATIVE_INFINITY;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let wakesAt = Number.POSITIVE_INFINITY;
  let cancel = () => {};

  function pump(): void {
    while (!isStopped && open.size < MAX_OPEN && mayWrite()) {
      const now = clock.now();
      const heldUntil = Math.max(freeAt, pausedUntil);
      const next = heldUntil > now ? null : newest(now);
      if (next === null) {
        wakeAt(Math.max(heldUntil, firstAt()));
        return;
      }
      freeAt = now + 1000 / perSecond;
      void begin(next);
    }
  }

  function wakeAt(at: number): void {
    if (at >= wakesAt) return;
    cancel();
    wakesAt = at;
    cancel = clock.after(Math.max(0, at - clock.now()), () => {
      wakesAt = Number.POSITIVE_INFINITY;
      pump();
    });
  }

  /** When a key that is not being written is due; never: infinity. */
  function firstAt(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const [key, { at }] of due) if (!open.has(key)) first = Math.min(first, at);
    return first;
  }

  function newest(now: number): string | null {
    let found: string | null = null;
    let foundOrder = -1;
    for (const [key, each] of due) {
      if (each.at > now || each.order <= foundOrder || open.has(key)) continue;
      found = key;
      foundOrder = each.order;
    }
    return found;
  }

  async function begin(key: string): Promise<void> {
    const begun = due.get(key)!;
    due.delete(key);
    open.add(key);
    const { signal } = abort;
    const outcome = await write(key, signal);
    open.delete(key);
    if (isStopped) return;
    if (signal.aborted) due.set(key, begun);
    else settle(key, begun, outcome);
    pump();
  }

  function settle(key: string, begun: Due, outcome: WriteOutcome): void {
    const now = clock.now();
    if (outcome === 'done') {
      shared.reset();
      backoffs.delete(key);
      return;
    }
    let at = now;
    if (typeof outcome === 'object' && 'waitMs' in outcome) at = now + outcome.waitMs;
    else if (typeof outcome === 'object') at = failed(key, outcome, now);
    // It may have been added again meanwhile.
    due.set(key, { order: due.get(key)?.order ?? begun.order, at });
  }

  /** Returns when the key may be tried again. */
  function failed(key: string, failure: ApiFailure, now: number): number {
    if (OF_OBJECT.includes(failure.code)) {
      const backoff = backoffs.get(key) ?? createBackoff(ONE_OBJECT, clock, random);
      backoffs.set(key, backoff);
      return now + backoff.next(failure.retryAfterMs);
    }
    if (pausedUntil <= now) pausedUntil = now + shared.next(failure.retryAfterMs);
    return now;
  }

  return {
    add(key) {
      if (isStopped) return;
      const known = due.get(key);
      if (known === undefined) due.set(key, { order: ++order, at: Number.NEGATIVE_INFINITY });
      else known.order = ++order;
      // Of ten thousand that are added at once, each must not look at all the others.
      const heldUntil = Math.max(freeAt, pausedUntil);
      if (heldUntil > clock.now()) wakeAt(heldUntil);
      else pump();
    },
    drop(key) {
      due.delete(key);
      backoffs.delete(key);
    },
    has: (key) => due.has(key),
    changed() {
      if (!mayWrite()) {
        abort.abort();
        abort = new AbortController();
        backoffs.clear();
        for (const each of due.values()) each.at = Number.NEGATIVE_INFINITY;
      }
      pump();
    },
    stop() {
      isStopped = true;
      abort.abort();
      cancel();
    },
  };
}
