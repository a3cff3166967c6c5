import { connect, type Socket } from 'node:net';
import { formatIp } from '../../address/ip.ts';
import type { Endpoint } from '../../endpoints/snapshot.ts';

/** Begins to connect to an endpoint. Half-close is kept; TCP keepalive and no delay are set on connect. */
export function dial(endpoint: Endpoint, keepaliveMs: number): Socket {
  if (endpoint.path !== null) return connect({ path: endpoint.path, allowHalfOpen: true });
  return connect({
    host: formatIp(endpoint.ip),
    port: endpoint.port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: keepaliveMs > 0,
    keepAliveInitialDelay: keepaliveMs,
  });
}
