import type { Endpoint } from '../../endpoints/snapshot.ts';
import { ERRNO } from '../../linux/errno.ts';
import {
  close,
  connectTcp,
  connectUnix,
  setKeepalive,
  setNoDelay,
  tcpSocket,
  unixSocket,
} from '../../linux/socket.ts';

/** Begins to connect to an endpoint; gives the descriptor, or the negative errno where that failed at once. */
export function dial(endpoint: Endpoint, keepaliveMs: number): number {
  const { path } = endpoint;
  const fd = path === null ? tcpSocket(endpoint.ip) : unixSocket();
  if (fd < 0) return fd;
  if (path === null) {
    setNoDelay(fd);
    if (keepaliveMs > 0) setKeepalive(fd, keepaliveMs);
  }
  const result = path === null ? connectTcp(fd, endpoint.ip, endpoint.port) : connectUnix(fd, path);
  if (result === 0 || result === -ERRNO.EINPROGRESS) return fd;
  close(fd);
  return result;
}
