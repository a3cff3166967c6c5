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
  /** `errors`: close reasons with a level above `debug`, each limited in rate. `all`: also the others, without a limit. */
  readonly mode: AccessLog;
  readonly clients: LogClients;
  readonly clock?: Clock;
}

/** One line for each session that ended. */
export interface SessionLog {
  write(batch: readonly SessionRecord[]): void;
  /** Writes the last summary of suppressed lines. */
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

/** With `all` the normal endings are asked for, so they are logged at `info`. */
function lineLevel(reason: CloseReason): 'info' | 'warn' | 'error' {
  const { level } = reasonRow(reason);
  return level === 'debug' ? 'info' : level;
}

/** The fields of a line, in the order of the manual, without those that are null or empty. */
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

/** To the microsecond. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}
