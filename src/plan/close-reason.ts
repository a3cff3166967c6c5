import { CONNECT_REASONS } from './connect-reasons.ts';
import type { ReasonRow } from './reason-row.ts';
import { REFUSAL_REASONS } from './refusal-reasons.ts';

/**
 * Every way in which a session can end: the label of the metric, the field of the log and a row of the manual. The table is
 * closed: each session ends with one of these. The order is the order of the counters.
 */
export const CLOSE_REASONS = {
  // Normal endings.
  client_closed: {
    by: 'client',
    phase: 'relay',
    level: 'debug',
    text: 'The client ended its stream first; all that was under way was delivered.',
  },
  endpoint_closed: {
    by: 'endpoint',
    phase: 'relay',
    level: 'debug',
    text: 'The endpoint ended its stream first; all that was under way was delivered.',
  },
  probe: {
    by: 'client',
    phase: 'header',
    level: 'debug',
    text: 'A health probe: the connection ended or was reset before its first byte, or a proxy reset one of its own (LOCAL).',
  },
  ...REFUSAL_REASONS,
  ...CONNECT_REASONS,
  // Ended while bytes were relayed.
  client_reset: {
    by: 'client',
    phase: 'relay',
    level: 'info',
    text: 'The client reset the connection, or ended it in the body of a request (--present forwarded).',
  },
  endpoint_reset: {
    by: 'endpoint',
    phase: 'relay',
    level: 'info',
    text: 'The endpoint reset the connection.',
  },
  answer_invalid: {
    by: 'endpoint',
    phase: 'relay',
    level: 'error',
    text: 'The endpoint answered HTTP that is not valid, or not passed on (--present forwarded); the detail names the rule.',
  },
  client_lost: {
    by: 'client',
    phase: 'relay',
    level: 'info',
    text: 'The client stopped answering: keepalive or the network gave it up.',
  },
  endpoint_lost: {
    by: 'endpoint',
    phase: 'relay',
    level: 'info',
    text: 'The endpoint stopped answering: keepalive or the network gave it up.',
  },
  idle_timeout: {
    by: 'herald',
    phase: 'relay',
    level: 'info',
    text: 'Nothing moved in either direction for --idle-timeout.',
  },
  half_close_timeout: {
    by: 'herald',
    phase: 'relay',
    level: 'info',
    text: 'One side had ended its stream, and the other sent nothing more for --half-close-timeout.',
  },
  session_age: {
    by: 'herald',
    phase: 'relay',
    level: 'info',
    text: 'The session reached --max-session-age.',
  },
  endpoint_gone: {
    by: 'herald',
    phase: 'relay',
    level: 'info',
    text: 'The source no longer knows the endpoint, and --on-endpoint-gone is close.',
  },
  drain_timeout: {
    by: 'herald',
    phase: 'relay',
    level: 'info',
    text: 'The session was still open when --drain-timeout passed.',
  },
  stopped: {
    by: 'herald',
    phase: 'relay',
    level: 'info',
    text: 'Herald was stopped without waiting.',
  },
  drained: {
    by: 'herald',
    phase: 'relay',
    level: 'debug',
    text: 'Herald drained, and closed a connection without a request under way (--present forwarded).',
  },
  worker_lost: {
    by: 'herald',
    phase: 'relay',
    level: 'error',
    text: 'The worker thread of the session ended by a fault, and was replaced.',
  },
  internal_error: {
    by: 'herald',
    phase: 'relay',
    level: 'error',
    text: 'A fault of Herald itself: please report it with its log line.',
  },
} as const satisfies Record<string, ReasonRow>;

export type CloseReason = keyof typeof CLOSE_REASONS;

/** All reasons, in the order of their counters. */
export const REASON_NAMES = Object.keys(CLOSE_REASONS) as readonly CloseReason[];

/** The row of a reason. */
export function reasonRow(reason: CloseReason): ReasonRow {
  return CLOSE_REASONS[reason];
}
