import type { CloseReason } from '../plan/close-reason.ts';
import { reasonRow } from '../plan/close-reason.ts';
import type { SessionRecord } from '../plan/observer.ts';
import type { AccessLog } from '../plan/plan.ts';
import { type Clock, realClock } from './clock.ts';
import { limitLines } from './line-limiter.ts';
import type { Log, LogFields } from './log.ts';
import { detailOf } from './refusal-hint.ts';
import { type LogClients, showClient } from './show-client.ts';

export interface AccessLogOptions {
  readonly log: Log;
  /** `errors`: endings above `debug` in the table of reasons, each reason limited in rate. `all`: those, and good ones unlimited. */
  readonly mode: AccessLog;
  readonly clients: LogClients;
  readonly clock?: Clock;
}

/** One line a session that ended. */
export interface SessionLog {
  write(batch: readonly SessionRecord[]): void;
  /** Writes what is still to be said of lines held back. */
  stop(): void;
}

export function createAccessLog(options: AccessLogOptions): SessionLog {
  const { log, mode, clients, clock = realClock } = options;
  const limiter = limitLines<CloseReason>(clock, (reason, held, ms) => {
    const level = lineLevel(reason);
    log[level]({ reason, held }, `${held} more like this in ${Math.round(ms / 1000)} s`);
  });
  return {
    write(batch) {
      if (mode === 'none') return;
      for (const record of batch) {
        const { reason } = record;
        const isGood = reasonRow(reason).level === 'debug';
        if (isGood ? mode === 'all' : limiter.allow(reason)) {
          log[lineLevel(reason)](recordFields(record, clients), reasonRow(reason).text);
        }
      }
    },
    stop: limiter.stop,
  };
}

/** Who asks for good endings wants to see them: at least `info`. */
function lineLevel(reason: CloseReason): 'info' | 'warn' | 'error' {
  const { level } = reasonRow(reason);
  return level === 'debug' ? 'info' : level;
}

/** The fields of a line, in the order of the manual. What is null or empty is left out. */
export function recordFields(record: SessionRecord, clients: LogClients): LogFields {
  const fields = {
    listener: record.listener,
    session: record.session,
    client: showClient(record.client, clients),
    via: showClient(record.via, clients),
    endpoint: record.endpoint,
    reason: record.reason,
    detail: detailOf(record, clients),
    ms: rounded(record.ms),
    headerMs: rounded(record.headerMs),
    connectMs: rounded(record.connectMs),
    attempts: record.attempts,
    bytesToEndpoint: record.bytesToEndpoint,
    bytesToClient: record.bytesToClient,
    header: record.header,
    tlvs: record.tlvs.length > 0 ? record.tlvs : null,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** To the microsecond: what lies below is noise. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}
