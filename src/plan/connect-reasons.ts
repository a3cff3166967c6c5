import type { ReasonRow } from './reason-row.ts';

/** Reasons of sessions that reached no endpoint. */
export const CONNECT_REASONS = {
  no_endpoint: {
    by: 'herald',
    phase: 'connect',
    level: 'error',
    text: 'The pool, or the destination of this share, has no endpoint at all: its sources know none, or have not answered yet.',
  },
  no_ready_endpoint: {
    by: 'herald',
    phase: 'connect',
    level: 'error',
    text: 'There are endpoints, but none that may be used: none is ready, or terminating and still serving.',
  },
  no_local_endpoint: {
    by: 'herald',
    phase: 'connect',
    level: 'warn',
    text: 'There are endpoints that may be used, but none on this node, and the traffic policy is Local.',
  },
  no_capable_node: {
    by: 'herald',
    phase: 'connect',
    level: 'error',
    text: 'There are endpoints that may be used, but none on a node that can present the client (--present transparent).',
  },
  connect_refused: {
    by: 'endpoint',
    phase: 'connect',
    level: 'error',
    text: 'The last endpoint that was tried refused the connection, or the Herald on its node could not reach it (--hops).',
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
    text: 'The network has no route to the last endpoint that was tried.',
  },
  local_ports: {
    by: 'herald',
    phase: 'connect',
    level: 'error',
    text: 'No local port was left to dial the endpoint from, or this machine has no such --dial-from address.',
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
    text: 'The last endpoint that was tried could not be reached; the detail names the error (hop_protocol: its hop is no Herald).',
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
} as const satisfies Record<string, ReasonRow>;
