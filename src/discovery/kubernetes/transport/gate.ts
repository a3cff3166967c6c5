import { type Backoff, createBackoff } from '../../backoff.ts';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import type { ApiFailure } from '../failure.ts';
import type { RequestKind } from './connection.ts';

/** Decides when a server may be dialed, for all requests together: after a failure, one dial at a time after each wait. */
export interface Gate {
  /** The server has responded, and no dial has failed since. */
  readonly isProven: boolean;
  /** Whether a dial on behalf of such a request may begin now. */
  isOpenFor(kind: RequestKind): boolean;
  /** How often the gate has closed so far. */
  readonly failures: number;
  /** Begins an attempt and returns its number. */
  begin(): number;
  /** The attempt failed. Waiting requests are told once for all attempts that ran at the same time. Returns what they get. */
  fail(attempt: number, failed: ApiFailure): ApiFailure;
  /**
   * The server has responded over the connection of this attempt. A response over a connection from before the last
   * failure proves nothing: a server that shuts down serves open connections but accepts no new ones.
   */
  prove(attempt: number): void;
  /** The cause of the failures may be gone: a dial may begin at once. */
  retry(): void;
  /** Wakes the waiting requests of this kind to check again, calls before others. */
  wake(isMeant?: (kind: RequestKind) => boolean): void;
  /** Resolves at the next change: with the failure, if it is one, else with null. */
  change(kind: RequestKind, signal: AbortSignal): Promise<ApiFailure | null>;
  stop(): void;
}

/** W7. */
const BACKOFF = { firstMs: 800, mostMs: 30_000, resetMs: 120_000 };
/**
 * A call waits at most twice as long as this after a failure. When an outage ends, a Lease is renewed within 15 s of that, or the
 * node counts as dead (G5b).
 */
const CALL_MS = 4000;

export function createGate(clock: DiscoveryClock, random: () => number): Gate {
  const backoff: Backoff = createBackoff(BACKOFF, clock, random);
  const waiting = new Map<(failed: ApiFailure | null) => void, RequestKind>();
  let attempts = 0;
  let failures = 0;
  /** Attempts up to this number belong to the last failure. */
  let failedUntil = 0;
  let last: ApiFailure | null = null;
  let isProven = false;
  let isOpen = true;
  let isOpenForCalls = true;
  let cancelWait = () => {};
  let cancelCallWait = () => {};

  /** Calls come first: a Lease must not wait until everything has been listed. */
  function inTurn(): readonly [resolve: (failed: ApiFailure | null) => void, kind: RequestKind][] {
    return [...waiting].sort(([, one], [, other]) => Number(other === 'call') - Number(one === 'call'));
  }

  function tell(failed: ApiFailure | null): void {
    for (const [resolve] of inTurn()) resolve(failed);
  }

  function wake(isMeant: (kind: RequestKind) => boolean): void {
    for (const [resolve, kind] of inTurn()) if (isMeant(kind)) resolve(null);
  }

  function cancel(): void {
    cancelWait();
    cancelCallWait();
  }

  function open(): void {
    cancel();
    isOpen = isOpenForCalls = true;
    tell(null);
  }

  function close(waitMs: number): void {
    cancel();
    isOpen = isOpenForCalls = false;
    cancelWait = clock.after(waitMs, open);
    const callMs = CALL_MS * (1 + random());
    if (callMs >= waitMs) return;
    cancelCallWait = clock.after(callMs, () => {
      isOpenForCalls = true;
      wake((kind) => kind === 'call');
    });
  }

  return {
    get isProven() {
      return isProven;
    },
    isOpenFor: (kind) => (kind === 'call' ? isOpenForCalls : isOpen),
    get failures() {
      return failures;
    },
    begin: () => ++attempts,
    fail(attempt, failed) {
      if (attempt <= failedUntil && last !== null) {
        tell(null);
        return last;
      }
      last = { ...failed, gated: true };
      failedUntil = attempts;
      failures++;
      isProven = false;
      close(backoff.next(failed.retryAfterMs));
      tell(last);
      return last;
    },
    prove(attempt) {
      if (isProven || attempt <= failedUntil) return;
      backoff.reset();
      isProven = true;
      open();
    },
    retry: open,
    wake: (isMeant = () => true) => wake(isMeant),
    change: (kind, signal) =>
      new Promise((resolve) => {
        const end = (failed: ApiFailure | null) => {
          waiting.delete(end);
          signal.removeEventListener('abort', stop);
          resolve(failed);
        };
        const stop = () => end(null);
        waiting.set(end, kind);
        signal.addEventListener('abort', stop);
        if (signal.aborted) stop();
      }),
    stop() {
      cancel();
      tell(null);
    },
  };
}
