import type { Socket } from 'node:net';
import { parseIp } from '../../address/ip.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import type { Address } from '../../session/client.ts';

/** The peer of a TCP socket, a v4-mapped address as IPv4; undefined if it has closed the connection already. */
export function peerAddress(socket: Socket): Address | undefined {
  return toAddress(socket.remoteAddress, socket.remotePort);
}

/** The same for our end. */
export function localAddress(socket: Socket): Address | undefined {
  return toAddress(socket.localAddress, socket.localPort);
}

function toAddress(text: string | undefined, port: number | undefined): Address | undefined {
  if (text === undefined || port === undefined) return undefined;
  // The zone of a link-local address has a meaning on this machine only.
  const zone = text.indexOf('%');
  const ip = parseIp(zone < 0 ? text : text.slice(0, zone));
  return ip === undefined ? undefined : { ip: unmapped(ip), port };
}
