import type { SessionObserver } from '../plan/observer.ts';
import type { SessionLog } from './access-log.ts';
import { type Clock, realClock } from './clock.ts';
import { limitLines } from './line-limiter.ts';
import type { Log } from './log.ts';
import type { Refusals } from './refusals.ts';

/** Passes what engines report to the access log and to the list of refusals. */
export interface LoggingObserver extends SessionObserver {
  /** Records that a full batch dropped: `herald_records_dropped_total`. */
  readonly recordsDropped: number;
  /** Writes the last summaries of suppressed lines, and cancels the timers. */
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
  // Without descriptors every accept of every listener fails; the rate of each message is limited for all listeners together.
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
