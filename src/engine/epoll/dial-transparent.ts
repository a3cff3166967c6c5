import type { Endpoint } from '../../endpoints/snapshot.ts';
import { ERRNO } from '../../linux/errno.ts';
import {
  bindTcp,
  close,
  connectTcp,
  setBindWithoutPort,
  setReuseAddress,
  setUrgentInline,
  tcpSocket,
} from '../../linux/socket.ts';
import { setDialMark, setTransparent } from '../../linux/transparent.ts';
import type { Address } from '../../session/client.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import { isLoopback } from '../../session/presentable-client.ts';
import { COUNTER } from '../../shared-memory/counters.ts';

/** The port cannot be bound: it is used to this endpoint or by a listener, or it is privileged. */
const TAKEN: readonly number[] = [-ERRNO.EADDRINUSE, -ERRNO.EADDRNOTAVAIL, -ERRNO.EACCES];

/**
 * Begins to connect as the client: from its address and port, or, counted, from another port of its address if that port cannot be
 * bound. Returns the descriptor, or the negative errno. The rules have allowed the address and chosen an endpoint of its family.
 */
export function dialTransparent(endpoint: Endpoint, client: Address, { counters }: ListenerRules): number {
  if (client.port > 0) {
    const result = dialFrom(endpoint, client.ip, client.port);
    if (!TAKEN.includes(result)) return result;
  }
  counters[COUNTER.portsChanged]! += 1;
  return dialFrom(endpoint, client.ip, 0);
}

function dialFrom(endpoint: Endpoint, ip: Uint8Array, port: number): number {
  const fd = tcpSocket(endpoint.ip);
  if (fd < 0) return fd;
  // If this is not allowed, packets to a pod that is gone leave by the default route.
  if (!isLoopback(endpoint.ip)) setDialMark(fd);
  const bound = bindAs(fd, ip, port);
  const result = bound < 0 ? bound : connectTcp(fd, endpoint.ip, endpoint.port);
  if (result === 0 || result === -ERRNO.EINPROGRESS) return fd;
  close(fd);
  return result;
}

function bindAs(fd: number, ip: Uint8Array, port: number): number {
  setUrgentInline(fd);
  const allowed = setTransparent(fd, ip);
  // The port may be in TIME_WAIT, or used for another endpoint.
  if (port > 0) setReuseAddress(fd);
  else setBindWithoutPort(fd);
  const bound = allowed < 0 ? allowed : bindTcp(fd, ip, port);
  // This machine refuses. The errno must not be attributed to the endpoint.
  return bound < 0 && !TAKEN.includes(bound) ? -ERRNO.EADDRNOTAVAIL : bound;
}
