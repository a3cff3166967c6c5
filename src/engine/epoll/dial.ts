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
import { COUNTER } from '../../shared-memory/counters.ts';
import { dialHop } from './dial-hop.ts';
import { dialTransparent } from './dial-transparent.ts';

/** Begins to connect to an endpoint, or to its hop; returns the descriptor, or the negative errno if that failed at once. */
export function dial(endpoint: Endpoint, { rules, client }: Ledger): number {
  const { transparent, counters } = rules;
  if (endpoint.hop !== undefined) return dialHop(endpoint.hop, rules);
  if (endpoint.path !== null) return dialUnix(endpoint.path);
  if (transparent === null) return dialTcp(endpoint, rules.dialFrom.pick(endpoint.ip.length));
  if (transparent.presents(endpoint, client.source!)) return dialTransparent(endpoint, client.source!, rules);
  counters[COUNTER.dialedPlainly]! += 1;
  return dialTcp(endpoint, null);
}

function dialUnix(path: string): number {
  const fd = unixSocket();
  return fd < 0 ? fd : begun(fd, connectUnix(fd, path));
}

/** `from` null: the kernel chooses our address. */
function dialTcp({ ip, port }: Endpoint, from: Uint8Array | null): number {
  const fd = tcpSocket(ip);
  if (fd < 0) return fd;
  setUrgentInline(fd);
  if (from === null) return begun(fd, connectTcp(fd, ip, port));
  // `connect` chooses the port, because it can use one port for several endpoints.
  setBindWithoutPort(fd);
  const bound = bindTcp(fd, from, 0);
  return begun(fd, bound < 0 ? bound : connectTcp(fd, ip, port));
}

function begun(fd: number, result: number): number {
  if (result === 0 || result === -ERRNO.EINPROGRESS) return fd;
  close(fd);
  return result;
}
