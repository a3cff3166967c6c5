import { type ApiFailure, type FailureCode, failure } from '../failure.ts';

/** How a watch went. */
export interface WatchEnd {
  /** null where the server ended it well. */
  readonly failure: ApiFailure | null;
  /** The server had taken it. */
  readonly isOpened: boolean;
  readonly openMs: number;
  /** Since it was asked for. */
  readonly askedMs: number;
  /** Events and bookmarks that came. */
  readonly events: number;
  /** Since it began the server could not be reached by somebody. */
  readonly wasAway: boolean;
}

/** What is done next, and what is told of it. */
export interface WatchVerdict {
  /** The list is of the version seen last. */
  readonly verb: 'watch' | 'list';
  /** `broke` is repaired at once, and only counted; `failed` is backed off, and an outage until the next success. */
  readonly report: 'nothing' | 'broke' | 'failed';
  readonly failure: ApiFailure | null;
}

/** A watch that was open for less and said nothing was none. */
export const SHORT_MS = 1000;
/**
 * So long without a watch, whatever the server answered meanwhile, it may know less than we do: a balancer that says 503
 * for servers that are down hides that they were. One that throttles is there.
 */
const AWAY_MS: { readonly [code in FailureCode]?: number } = { unavailable: 10_000, throttled: 30_000 };

/**
 * Some proxies hold the head of an answer back until there is something behind it, and cut off what says nothing: a
 * watch that nobody refused for so long was one.
 */
const HELD_MS = 30_000;

/** W2, W4, W6, W7, W15: what follows a watch that has ended. Of the failure alone, and of how long it went well. */
export function afterWatch(end: WatchEnd): WatchVerdict {
  const { failure: failed, isOpened, openMs, askedMs, events, wasAway } = end;
  // Whoever answers after an outage may know less than we do (W5), and says so at a list alone.
  const verb = wasAway ? 'list' : 'watch';
  const isSuccess = isOpened && (openMs >= SHORT_MS || events > 0);
  if (failed === null) {
    if (isSuccess) return { verb, report: 'nothing', failure: null };
    return failing(verb, failure('short_watch', 'a watch ended at once with nothing in it'));
  }
  switch (failed.code) {
    // We know to be out of date, and ask at once.
    case 'expired':
    case 'version_too_large':
      return { verb: 'list', report: 'nothing', failure: failed };
    // The server is there, and has too much to do: a list would be more of it, until it was away for long.
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
    case 'rejected':
      return failing('list', failed);
  }
}

/** Whether after such a failure, so long without a watch or a list, the next attempt is to be a list. */
export function isLongAway({ code }: ApiFailure, awayMs: number): boolean {
  return awayMs > (AWAY_MS[code] ?? Number.POSITIVE_INFINITY);
}

function failing(verb: 'watch' | 'list', failed: ApiFailure): WatchVerdict {
  return { verb, report: 'failed', failure: failed };
}
