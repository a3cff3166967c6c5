import { writeIp } from '../address/ip.ts';
import { putIpv6 } from '../address/v4-mapped.ts';

const SPACE = 0x20;
const ZERO = 0x30;
const TCP = Buffer.from('PROXY TCP', 'latin1');
const UNKNOWN = Buffer.from('PROXY UNKNOWN\r\n', 'latin1');

const ipv6 = Buffer.alloc(16);

/**
 * Writes a v1 line (§2.1) at `at`; needs room for 104 bytes and returns the number written. Addresses have 4 or 16
 * bytes, ports are 0..65535. If the families differ, both addresses are written as IPv6: a line has one family.
 */
export function writeV1(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  sourcePort: number,
  destination: Uint8Array,
  destinationPort: number,
): number {
  const isV4 = source.length === 4 && destination.length === 4;
  let next = at + writeAscii(target, at, TCP);
  target[next++] = isV4 ? ZERO + 4 : ZERO + 6;
  target[next++] = SPACE;
  next += writeAddress(target, next, source, isV4);
  target[next++] = SPACE;
  next += writeAddress(target, next, destination, isV4);
  target[next++] = SPACE;
  next += writePort(target, next, sourcePort);
  target[next++] = SPACE;
  next += writePort(target, next, destinationPort);
  target[next++] = 0x0d;
  target[next++] = 0x0a;
  return next - at;
}

/** Writes `PROXY UNKNOWN` and CRLF (§2.1), 15 bytes: for a client that has no TCP over IP address. */
export function writeV1Unknown(target: Uint8Array, at: number): number {
  return writeAscii(target, at, UNKNOWN);
}

function writeAddress(target: Uint8Array, at: number, ip: Uint8Array, isV4: boolean): number {
  if (isV4) return writeIp(target, at, ip, 0, 4);
  putIpv6(ipv6, 0, ip);
  return writeIp(target, at, ipv6, 0, 16);
}

function writePort(target: Uint8Array, at: number, port: number): number {
  let next = at;
  let unit = 10000;
  while (unit > port && unit > 1) unit /= 10;
  for (; unit >= 1; unit /= 10) target[next++] = ZERO + (((port / unit) | 0) % 10);
  return next - at;
}

function writeAscii(target: Uint8Array, at: number, text: Uint8Array): number {
  for (let i = 0; i < text.length; i++) target[at + i] = text[i] as number;
  return text.length;
}
