import type { CloseReason } from './close-reason.ts';

/** The reasons of a failed connect: labels of `herald_connect_failures_total`, in the order of their counters. */
export const CONNECT_FAILURES = [
  'connect_refused',
  'connect_timeout',
  'connect_unreachable',
  'local_ports',
  'descriptors',
  'connect_failed',
] as const satisfies readonly CloseReason[];

export type ConnectFailure = (typeof CONNECT_FAILURES)[number];
