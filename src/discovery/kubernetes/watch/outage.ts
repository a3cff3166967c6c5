import type { SourceRemark } from '../../../endpoints/endpoint-source.ts';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import type { ApiFailure, FailureCode } from '../failure.ts';

/** The time during which watches of one server fail: one log line when it begins, and one when it ends. */
export interface Outage {
  failed(watch: object, failed: ApiFailure): void;
  /** This watch works. */
  over(watch: object): void;
  /** This watch is no longer needed, which says nothing about the server. */
  gone(watch: object): void;
}

export interface OutageParts {
  readonly server: string;
  readonly clock: DiscoveryClock;
  readonly say: (remark: SourceRemark) => void;
  /** What it means for the endpoints, as a clause. */
  readonly rest: () => string;
}

/** Causes may alternate: the same cause is reported again after this time at the earliest. */
const SAY_AGAIN_MS = 60_000;

export function createOutage({ server, clock, say, rest }: OutageParts): Outage {
  const failing = new Set<object>();
  const said = new Map<FailureCode, number>();
  let since = 0;
  let attempts = 0;
  let current: ApiFailure | null = null;
  /** A watch that had failed works again. */
  let hasWorked = false;

  function begin(): void {
    since = clock.now();
    attempts = 0;
    current = null;
    hasWorked = false;
    said.clear();
  }

  function tell({ code, message }: ApiFailure): void {
    const now = clock.now();
    const isBegin = said.size === 0;
    if (!isBegin && now - (said.get(code) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return;
    said.set(code, now);
    const state = isBegin ? 'cannot be read' : 'still cannot be read';
    say({
      level: 'warn',
      code: `api_${code}`,
      message: `the Kubernetes API at ${server} ${state} (${code}: ${message}); ${rest()}`,
    });
  }

  return {
    failed(watch, failed) {
      if (failing.size === 0) begin();
      failing.add(watch);
      // Watches that waited for the same attempt get the same failure; it counts once.
      if (failed === current) return;
      attempts++;
      const isOther = failed.code !== current?.code;
      current = failed;
      if (isOther) tell(failed);
    },
    over(watch) {
      if (!failing.delete(watch)) return;
      hasWorked = true;
      checkEnd();
    },
    gone(watch) {
      if (failing.delete(watch)) checkEnd();
    },
  };

  function checkEnd(): void {
    if (failing.size > 0 || !hasWorked) return;
    const seconds = ((clock.now() - since) / 1000).toFixed(1);
    const tried = `${attempts} failed attempt${attempts === 1 ? '' : 's'}`;
    say({
      level: 'info',
      code: 'api_back',
      message: `the Kubernetes API at ${server} can be read again after ${seconds} s and ${tried}`,
    });
  }
}
