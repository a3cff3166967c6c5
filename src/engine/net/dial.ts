import { connect, type Socket } from 'node:net';
import { formatIp } from '../../address/ip.ts';
import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';

/** Begins to connect to an endpoint. Half-close is kept; no delay is set on connect. */
export function dial(endpoint: Endpoint, { dialFrom }: ListenerRules): Socket {
  if (endpoint.path !== null) return connect({ path: endpoint.path, allowHalfOpen: true });
  const from = dialFrom.pick(endpoint.ip.length);
  return connect({
    host: formatIp(endpoint.ip),
    port: endpoint.port,
    allowHalfOpen: true,
    noDelay: true,
    ...(from === null ? {} : { localAddress: formatIp(from) }),
  });
}
