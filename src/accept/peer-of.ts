import type { Server, Socket } from 'node:net';
import { parseIp } from '../address/ip.ts';
import { unmapped } from '../address/v4-mapped.ts';
import { type ProxyAddress, proxyAddress } from './proxy-header.ts';

/** The other end of a socket. `ip` has 4 or 16 bytes; both fields are null for the peer of a unix socket. */
export interface Peer {
  readonly ip: Uint8Array | null;
  readonly address: ProxyAddress | null;
}

const UNIX: Peer = { ip: null, address: null };

/**
 * The peer by the socket's own addresses, or undefined if they are no longer known: a TCP socket that the peer has reset
 * has no address, and must not be mistaken for a unix socket.
 */
export function peerOf(server: Server, socket: Socket): Peer | undefined {
  const { remoteAddress: text, remotePort: port } = socket;
  if (text === undefined || port === undefined) return isUnix(server, socket) ? UNIX : undefined;
  // A link-local address has a zone: `fe80::1%eth0`.
  const ip = parseIp(text.split('%', 1)[0]!);
  return ip && { ip: unmapped(ip), address: proxyAddress(ip, port) };
}

function isUnix(server: Server, socket: Socket): boolean {
  const listening = server.address();
  if (typeof listening === 'object' && listening !== null) return false;
  return socket.localAddress === undefined && !socket.destroyed;
}
