import type { CloseReason } from './close-reason.ts';
import type { ConnectFailure } from './connect-failure.ts';

const CONNECT: { readonly [errno: string]: ConnectFailure } = {
  ECONNREFUSED: 'connect_refused',
  ECONNRESET: 'connect_refused',
  // A unix socket whose path does not exist.
  ENOENT: 'connect_refused',
  // No errno: the Herald on the endpoint's node ended the stream before it said that the endpoint is reached.
  hop_closed: 'connect_refused',
  ETIMEDOUT: 'connect_timeout',
  EHOSTUNREACH: 'connect_unreachable',
  ENETUNREACH: 'connect_unreachable',
  EHOSTDOWN: 'connect_unreachable',
  ENETDOWN: 'connect_unreachable',
  EAFNOSUPPORT: 'connect_unreachable',
  EADDRNOTAVAIL: 'local_ports',
  EADDRINUSE: 'local_ports',
  // On Linux: a unix socket whose queue is full.
  EAGAIN: 'connect_refused',
  EMFILE: 'descriptors',
  ENFILE: 'descriptors',
  ENOBUFS: 'descriptors',
  ENOMEM: 'descriptors',
  // Of epoll: this user watches as many descriptors as it may.
  ENOSPC: 'descriptors',
};

/** Why a connect failed. An errno that is not in the map is `connect_failed`, so that labels stay bounded. */
export function connectFailure(errno: string | undefined): ConnectFailure {
  if (errno === undefined || !Object.hasOwn(CONNECT, errno)) return 'connect_failed';
  return CONNECT[errno]!;
}

/** True if the failure counts towards the ejection of the endpoint; false if this machine lacked something. */
export function blamesEndpoint(failure: ConnectFailure): boolean {
  return failure !== 'local_ports' && failure !== 'descriptors';
}

const LOST = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ENETRESET']);

/** Why an established connection broke: the peer was lost (keepalive, network) or, by any other errno, it reset. */
export function breakReason(side: 'client' | 'endpoint', errno: string | undefined): CloseReason {
  const lost = errno !== undefined && LOST.has(errno);
  if (side === 'client') return lost ? 'client_lost' : 'client_reset';
  return lost ? 'endpoint_lost' : 'endpoint_reset';
}
