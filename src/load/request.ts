import { formatSocketAddress } from '../address/socket-address.ts';
import type { LoadEndpoint, LoadPlan } from './load-plan.ts';
import type { PlayedClient } from './played-clients.ts';

/** A ping is of these bytes: nothing that an answer of `herald echo` begins with. */
const PING_BYTE = 0x2e;

/** What one exchange sends; nothing where the work has none. */
export function createRequest({ work, keep, payloadBytes }: LoadPlan, endpoint: LoadEndpoint): Uint8Array {
  if (work === 'ping') return new Uint8Array(payloadBytes).fill(PING_BYTE);
  if (work !== 'http') return new Uint8Array(0);
  const host = endpoint.kind === 'unix' ? 'localhost' : formatSocketAddress(endpoint.ip, endpoint.port);
  const connection = keep ? '' : 'Connection: close\r\n';
  return Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: herald-load\r\n${connection}\r\n`);
}

/** What a header says where the client connected to. A unix socket has no address: it is this machine. */
export function destinationOf(endpoint: LoadEndpoint): PlayedClient {
  if (endpoint.kind === 'tcp') return { ip: endpoint.ip, port: endpoint.port };
  return { ip: Uint8Array.of(127, 0, 0, 1), port: 0 };
}
