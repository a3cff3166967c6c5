import type { Endpoint } from '../../endpoints/snapshot.ts';
import { ERRNO } from '../../linux/errno.ts';
import {
  bindTcp,
  close,
  connectTcp,
  connectUnix,
  setBindWithoutPort,
  setUrgentInline,
  tcpSocket,
  unixSocket,
} from '../../linux/socket.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import { dialTransparent } from './dial-transparent.ts';

/** Begins to connect to an endpoint; returns the descriptor, or the negative errno if that failed at once. */
export function dial(endpoint: Endpoint, { rules, client }: Ledger): number {
  if (rules.transparent !== null) return dialTransparent(endpoint, client.source!, rules);
  const fd = endpoint.path === null ? tcpSocket(endpoint.ip) : unixSocket();
  if (fd < 0) return fd;
  const result = endpoint.path === null ? dialTcp(fd, endpoint, rules) : connectUnix(fd, endpoint.path);
  if (result === 0 || result === -ERRNO.EINPROGRESS) return fd;
  close(fd);
  return result;
}

function dialTcp(fd: number, { ip, port }: Endpoint, { dialFrom }: ListenerRules): number {
  setUrgentInline(fd);
  const from = dialFrom.pick(ip.length);
  if (from !== null) {
    // `connect` chooses the port, because it can use one port for several endpoints.
    setBindWithoutPort(fd);
    const bound = bindTcp(fd, from, 0);
    if (bound < 0) return bound;
  }
  return connectTcp(fd, ip, port);
}
