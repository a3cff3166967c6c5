import type { SourceRemark } from '../../../endpoints/endpoint-source.ts';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import type { ApiFailure, FailureCode } from '../failure.ts';

/** The time in which the server cannot be read, by one watch or by all of them: a line at its begin, and one at its end. */
export interface Outage {
  failed(watch: object, failed: ApiFailure): void;
  /** This watch works. */
  over(watch: object): void;
  /** Nobody needs this watch any more, which says nothing of the server. */
  gone(watch: object): void;
}

export interface OutageParts {
  readonly server: string;
  readonly clock: DiscoveryClock;
  readonly say: (remark: SourceRemark) => void;
  /** What it means for those who are served. */
  readonly rest: () => string;
}

/** Causes may take turns: each is said again after so long. */
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
    const can = isBegin ? 'cannot be read' : 'still cannot be read';
    say({
      level: 'warn',
      code: `api_${code}`,
      message: `the API of Kubernetes at ${server} ${can}: ${code}, ${message}; ${rest()}`,
    });
  }

  return {
    failed(watch, failed) {
      if (failing.size === 0) begin();
      failing.add(watch);
      // An attempt that many waited for is one.
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
    const tried = `${attempts} attempt${attempts === 1 ? '' : 's'} in vain`;
    say({
      level: 'info',
      code: 'api_back',
      message: `the API of Kubernetes at ${server} answers again, after ${seconds} s and ${tried}`,
    });
  }
}
