/** At which level an ending is logged. Endings that are part of a good day are `debug`. */
export type ReasonLevel = 'debug' | 'info' | 'warn' | 'error';

interface ReasonRow {
  readonly by: 'client' | 'endpoint' | 'herald';
  readonly phase: 'admit' | 'header' | 'connect' | 'relay';
  readonly level: ReasonLevel;
  /** True where the client was turned away before any endpoint was asked: it joins the list of refusals. */
  readonly refused?: true;
  readonly text: string;
}

/**
 * Every way a session can end: the metric's label, the log's field and a row of the manual. Closed:
 * whatever happens is one of these. The order is the order of the counters.
 */
export const CLOSE_REASONS = {
  // A good day.
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
  // Refused before an endpoint was asked.
  untrusted: {
    by: 'herald',
    phase: 'admit',
    level: 'warn',
    refused: true,
    text: 'The peer is in neither the trust list nor the plain list (--trust, --plain).',
  },
  over_limit: {
    by: 'herald',
    phase: 'admit',
    level: 'warn',
    refused: true,
    text: 'The listener has its --max-sessions already, and --over-limit is refuse (or nothing more can wait).',
  },
  over_client_limit: {
    by: 'herald',
    phase: 'admit',
    level: 'warn',
    refused: true,
    text: 'The client has its --max-sessions-per-client already.',
  },
  header_timeout: {
    by: 'herald',
    phase: 'header',
    level: 'warn',
    refused: true,
    text: 'The header was not complete within --header-timeout.',
  },
  header_incomplete: {
    by: 'client',
    phase: 'header',
    level: 'warn',
    refused: true,
    text: 'The stream ended in the middle of the header.',
  },
  header_reset: {
    by: 'client',
    phase: 'header',
    level: 'warn',
    refused: true,
    text: 'The connection was reset in the middle of the header.',
  },
  header_absent: {
    by: 'herald',
    phase: 'header',
    level: 'warn',
    refused: true,
    text: 'A header is required, and the first bytes can not begin one.',
  },
  header_invalid: {
    by: 'herald',
    phase: 'header',
    level: 'warn',
    refused: true,
    text: 'The header breaks the specification; the detail names the rule.',
  },
  header_too_large: {
    by: 'herald',
    phase: 'header',
    level: 'warn',
    refused: true,
    text: 'The header is longer than --max-header.',
  },
  header_not_expected: {
    by: 'herald',
    phase: 'header',
    level: 'warn',
    refused: true,
    text: 'The header is of a version that --expect does not name.',
  },
  plain_header: {
    by: 'herald',
    phase: 'header',
    level: 'warn',
    refused: true,
    text: 'A client that comes without a header sent one, and nothing would stand before it at the endpoint.',
  },
  source_unusable: {
    by: 'herald',
    phase: 'admit',
    level: 'warn',
    refused: true,
    text: "The client's address may not be presented (--present transparent); the detail says what it is instead.",
  },
  no_endpoint_of_family: {
    by: 'herald',
    phase: 'admit',
    level: 'warn',
    refused: true,
    text: "No endpoint is of the client's family (--present transparent); the detail names the family.",
  },
  request_invalid: {
    by: 'client',
    phase: 'relay',
    level: 'warn',
    refused: true,
    text: 'The client sent no HTTP that can go on (--present forwarded); the detail names the rule.',
  },
  request_timeout: {
    by: 'herald',
    phase: 'relay',
    level: 'warn',
    refused: true,
    text: 'The head of a request was not complete within --header-timeout (--present forwarded).',
  },
  // No endpoint was reached.
  no_endpoint: {
    by: 'herald',
    phase: 'connect',
    level: 'error',
    text: 'The pool has no endpoint at all.',
  },
  no_local_endpoint: {
    by: 'herald',
    phase: 'connect',
    level: 'warn',
    text: 'There are endpoints, but none on this node, and --traffic-policy is Local.',
  },
  connect_refused: {
    by: 'endpoint',
    phase: 'connect',
    level: 'error',
    text: 'The last endpoint that was tried refused the connection.',
  },
  connect_timeout: {
    by: 'herald',
    phase: 'connect',
    level: 'error',
    text: 'The last endpoint that was tried did not answer within --connect-timeout.',
  },
  connect_unreachable: {
    by: 'endpoint',
    phase: 'connect',
    level: 'error',
    text: 'The network has no way to the last endpoint that was tried.',
  },
  local_ports: {
    by: 'herald',
    phase: 'connect',
    level: 'error',
    text: 'No local port was left to dial the endpoint from, or this machine has no such --source.',
  },
  descriptors: {
    by: 'herald',
    phase: 'connect',
    level: 'error',
    text: 'No descriptor or memory was left for a connection to the endpoint.',
  },
  connect_failed: {
    by: 'endpoint',
    phase: 'connect',
    level: 'error',
    text: 'The last endpoint that was tried could not be reached; the detail names the error.',
  },
  presentation_failed: {
    by: 'herald',
    phase: 'connect',
    level: 'error',
    text: 'The header for the endpoint would be longer than the protocol allows.',
  },
  client_gone: {
    by: 'client',
    phase: 'connect',
    level: 'info',
    text: 'The client reset the connection before an endpoint was connected.',
  },
  // Ended in the middle.
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
    text: 'The endpoint answered no HTTP that can go on (--present forwarded); the detail names the rule.',
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
