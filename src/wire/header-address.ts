import { formatIp } from '../address/ip.ts';
import type { Header } from './header.ts';

export interface InetAddress {
  readonly address: string;
  readonly port: number;
}

/** Untrusted text: a path may contain any character but NUL; invalid UTF-8 becomes U+FFFD. */
export interface UnixAddress {
  readonly path: string;
}

/** The client that the header names; null if the connection's own address is to be used. */
export function sourceOf(header: Header): InetAddress | UnixAddress | null {
  return addressOf(header, header.addressAt, header.sourcePort);
}

/** The address that the client connected to, as the header names it; null if the connection's own is to be used. */
export function destinationOf(header: Header): InetAddress | UnixAddress | null {
  return addressOf(header, header.addressAt + header.addressLength, header.destinationPort);
}

function addressOf(header: Header, at: number, port: number): InetAddress | UnixAddress | null {
  const { bytes, addressLength } = header;
  if (header.addressAt < 0) return null;
  if (addressLength === 108) return { path: readPath(bytes, at) };
  return { address: formatIp(bytes, at, addressLength), port };
}

/** The path in the 108 bytes of a `sun_path`: up to the first NUL, or all of them. */
function readPath(bytes: Uint8Array, at: number): string {
  let end = at;
  while (end < at + 108 && bytes[end] !== 0) end++;
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString('utf8');
}
