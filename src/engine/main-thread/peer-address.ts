import type { Socket } from 'node:net';
import { parseIp } from '../../address/ip.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import type { Address } from '../../session/client.ts';

/** The peer of a TCP socket, v4-mapped as IPv4; undefined where it is gone already. */
export function peerAddress(socket: Socket): Address | undefined {
  return toAddress(socket.remoteAddress, socket.remotePort);
}

/** Our end of a TCP socket. */
export function localAddress(socket: Socket): Address | undefined {
  return toAddress(socket.localAddress, socket.localPort);
}

function toAddress(text: string | undefined, port: number | undefined): Address | undefined {
  if (text === undefined || port === undefined) return undefined;
  // The zone of a link-local address means something on this machine only.
  const zone = text.indexOf('%');
  const ip = parseIp(zone < 0 ? text : text.slice(0, zone));
  return ip === undefined ? undefined : { ip: unmapped(ip), port };
}
