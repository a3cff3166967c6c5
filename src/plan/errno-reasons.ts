import type { CloseReason } from './close-reason.ts';
import type { ConnectFailure } from './connect-failure.ts';

const CONNECT: { readonly [errno: string]: ConnectFailure } = {
  ECONNREFUSED: 'connect_refused',
  ECONNRESET: 'connect_refused',
  // A unix socket that is not there, or that nobody listens on.
  ENOENT: 'connect_refused',
  ETIMEDOUT: 'connect_timeout',
  EHOSTUNREACH: 'connect_unreachable',
  ENETUNREACH: 'connect_unreachable',
  EHOSTDOWN: 'connect_unreachable',
  ENETDOWN: 'connect_unreachable',
  EAFNOSUPPORT: 'connect_unreachable',
  EADDRNOTAVAIL: 'local_ports',
  EADDRINUSE: 'local_ports',
  // Linux gives EAGAIN for a unix socket whose queue is full.
  EAGAIN: 'connect_refused',
  EMFILE: 'descriptors',
  ENFILE: 'descriptors',
  ENOBUFS: 'descriptors',
  ENOMEM: 'descriptors',
  // Of epoll: this user watches as many descriptors as it may.
  ENOSPC: 'descriptors',
};

/** Why a connect failed, of a bounded set: what is not in the map is `connect_failed`. */
export function connectFailure(errno: string | undefined): ConnectFailure {
  if (errno === undefined || !Object.hasOwn(CONNECT, errno)) return 'connect_failed';
  return CONNECT[errno]!;
}

/**
 * True where the failure speaks of the endpoint, so that it counts towards its ejection; false where
 * this machine is what failed.
 */
export function blamesEndpoint(failure: ConnectFailure): boolean {
  return failure !== 'local_ports' && failure !== 'descriptors';
}

const LOST = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ENETRESET']);

/** How an established connection broke: keepalive and the network lose a peer, all else is a reset (EPIPE too). */
export function breakReason(side: 'client' | 'endpoint', errno: string | undefined): CloseReason {
  const lost = errno !== undefined && LOST.has(errno);
  if (side === 'client') return lost ? 'client_lost' : 'client_reset';
  return lost ? 'endpoint_lost' : 'endpoint_reset';
}
