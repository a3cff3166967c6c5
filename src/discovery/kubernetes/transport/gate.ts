import { type Backoff, createBackoff } from '../../backoff.ts';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import type { ApiFailure } from '../failure.ts';
import type { RequestKind } from './connection.ts';

/** When a server may be dialled, for everybody who wants something of it: after a failure by one, and after a wait. */
export interface Gate {
  /** The server has answered, and nothing failed since. */
  readonly isProven: boolean;
  /** Whether one may dial now. */
  readonly isOpen: boolean;
  /** How often it has closed so far. */
  readonly failures: number;
  /** The number of an attempt that begins now. */
  begin(): number;
  /** The attempt came to nothing. Who waits is told, once of all the attempts that ran at that time. Gives what they are told. */
  fail(attempt: number, failed: ApiFailure): ApiFailure;
  /**
   * The server has answered over what this attempt had opened. An answer over something older than the last failure
   * proves nothing: a server that goes serves what it has, and takes no more.
   */
  prove(attempt: number): void;
  /** What failed may work now: it is dialled at once. */
  retry(): void;
  /** Something else has changed for those who wait with a request of such a kind. */
  wake(isMeant?: (kind: RequestKind) => boolean): void;
  /** Resolves at the next change: with the failure, if it is one. */
  change(kind: RequestKind, signal: AbortSignal): Promise<ApiFailure | null>;
  stop(): void;
}

/** W7. */
const BACKOFF = { firstMs: 800, mostMs: 30_000, resetMs: 120_000 };

export function createGate(clock: DiscoveryClock, random: () => number): Gate {
  const backoff: Backoff = createBackoff(BACKOFF, clock, random);
  const waiting = new Map<(failed: ApiFailure | null) => void, RequestKind>();
  let attempts = 0;
  let failures = 0;
  /** What began no later than this is an attempt of the same failure. */
  let failedUntil = 0;
  let last: ApiFailure | null = null;
  let isProven = false;
  let isOpen = true;
  let cancel = () => {};

  function tell(failed: ApiFailure | null): void {
    for (const resolve of [...waiting.keys()]) resolve(failed);
  }
  return {
    get isProven() {
      return isProven;
    },
    get isOpen() {
      return isOpen;
    },
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
      isOpen = false;
      cancel();
      cancel = clock.after(backoff.next(failed.retryAfterMs), () => {
        isOpen = true;
        tell(null);
      });
      tell(last);
      return last;
    },
    prove(attempt) {
      if (isProven || attempt <= failedUntil) return;
      backoff.reset();
      isProven = true;
      isOpen = true;
      cancel();
      tell(null);
    },
    retry() {
      cancel();
      isOpen = true;
      tell(null);
    },
    wake(isMeant = () => true) {
      for (const [resolve, kind] of [...waiting]) if (isMeant(kind)) resolve(null);
    },
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
