import { type ApiFailure, type FailureCode, failure } from '../failure.ts';

/** How a watch ended. */
export interface WatchEnd {
  /** null if the server ended it regularly. */
  readonly failure: ApiFailure | null;
  /** The server had accepted it. */
  readonly isOpened: boolean;
  readonly openMs: number;
  /** Since it was requested. */
  readonly askedMs: number;
  /** Events and bookmarks received. */
  readonly events: number;
  /** Since it began, some request could not reach the server. */
  readonly wasAway: boolean;
}

/** What to do next, and what to report. */
export interface WatchVerdict {
  /** A list is requested at the last version seen. */
  readonly verb: 'watch' | 'list';
  /** `broke`: only counted, and repeated at once. `failed`: repeated after a backoff, and an outage until the next success. */
  readonly report: 'nothing' | 'broke' | 'failed';
  readonly failure: ApiFailure | null;
}

/** A watch that was open for less, without an event, counts as failed. */
export const SHORT_MS = 1000;
/**
 * After this time without a watch, the next request is a list, because the server may have lost its history: a balancer
 * that answers 503 for its servers hides that they were down. A server that throttles is up, so its limit is longer.
 */
const AWAY_MS: { readonly [code in FailureCode]?: number } = { unavailable: 10_000, throttled: 30_000 };

/**
 * Some proxies hold back the head of a response until there is a body, and cut off silent connections. A watch that was
 * not refused for this long therefore counts as one that had worked.
 */
const HELD_MS = 30_000;

/** W2, W4, W6, W7, W15: what follows the end of a watch. Pure; depends on the failure and on how long the watch worked. */
export function afterWatch(end: WatchEnd): WatchVerdict {
  const { failure: failed, isOpened, openMs, askedMs, events, wasAway } = end;
  // A server that answers after an outage may be behind the last version seen (W5); only a list reveals that.
  const verb = wasAway ? 'list' : 'watch';
  const isSuccess = isOpened && (openMs >= SHORT_MS || events > 0);
  if (failed === null) {
    if (isSuccess) return { verb, report: 'nothing', failure: null };
    return failing(verb, failure('short_watch', 'the watch ended at once without an event'));
  }
  switch (failed.code) {
    // The state is known to be outdated: a list is requested at once.
    case 'expired':
    case 'version_too_large':
      return { verb: 'list', report: 'nothing', failure: failed };
    // The server is up but overloaded. A list would add to the load, so it is requested only after a long outage.
    case 'throttled':
    case 'unavailable':
    case 'bad_answer':
      return failing(verb, failed);
    case 'reset':
    case 'timeout':
    case 'silent':
    case 'refused':
    case 'unresolved':
    case 'unreachable':
    case 'untrusted_server':
    case 'tls_failed':
    case 'stopped':
    case 'short_watch':
      if (isSuccess) return { verb, report: 'broke', failure: failed };
      if (failed.code === 'reset' && askedMs >= HELD_MS)
        return { verb: 'list', report: 'broke', failure: failed };
      return failing(isOpened ? verb : 'list', failed);
    case 'unauthorized':
    case 'forbidden':
    case 'not_found':
    case 'conflict':
    case 'exists':
    case 'invalid':
    case 'rejected':
      return failing('list', failed);
  }
}

/** Whether the next attempt must be a list, after this failure and this time without a watch or a list. */
export function isLongAway({ code }: ApiFailure, awayMs: number): boolean {
  return awayMs > (AWAY_MS[code] ?? Number.POSITIVE_INFINITY);
}

function failing(verb: 'watch' | 'list', failed: ApiFailure): WatchVerdict {
  return { verb, report: 'failed', failure: failed };
}
