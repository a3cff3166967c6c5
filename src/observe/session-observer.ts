import type { SessionObserver } from '../plan/observer.ts';
import type { SessionLog } from './access-log.ts';
import { type Clock, realClock } from './clock.ts';
import { limitLines } from './line-limiter.ts';
import type { Log } from './log.ts';
import type { Refusals } from './refusals.ts';

/** What engines tell, on its way to the log and the list of refusals. */
export interface LoggingObserver extends SessionObserver {
  /** Records that did not fit into a batch: `herald_records_dropped_total`. */
  readonly recordsDropped: number;
  /** Sums up what was held back, and stops the clock. */
  stop(): void;
}

export interface ObserverParts {
  readonly log: Log;
  readonly sessions: SessionLog;
  readonly refusals: Refusals;
  readonly clock?: Clock;
}

export function createSessionObserver({ log, sessions, refusals, clock }: ObserverParts): LoggingObserver {
  let recordsDropped = 0;
  // Out of descriptors, every accept of every listener fails: that is one fault, not a line each.
  const faults = limitLines<string>(clock ?? realClock, (message, held, ms) => {
    log.error({ held }, `${message} (${held} more in ${Math.round(ms / 1000)} s)`);
  });
  return {
    records(batch, dropped) {
      recordsDropped += dropped;
      refusals.add(batch);
      sessions.write(batch);
    },
    fault(listener, message, error) {
      if (!faults.allow(message)) return;
      log.error({ ...(listener === null ? {} : { listener }), err: error }, message);
    },
    get recordsDropped() {
      return recordsDropped;
    },
    stop() {
      sessions.stop();
      faults.stop();
    },
  };
}
