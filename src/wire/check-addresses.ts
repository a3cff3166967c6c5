import { parseIp } from '../address/ip.ts';
import type { InetAddress, UnixAddress } from './header-address.ts';

/** The two addresses of a description as bytes. */
export type CheckedAddresses =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'inet';
      readonly source: Uint8Array;
      readonly sourcePort: number;
      readonly destination: Uint8Array;
      readonly destinationPort: number;
    }
  | { readonly kind: 'unix'; readonly source: Uint8Array; readonly destination: Uint8Array };

type Address = InetAddress | UnixAddress | null | undefined;

/** 108 = the size of Linux's `sun_path`, which may be full without a NUL (§2.2). */
const MAX_PATH_BYTES = 108;

/** Throws a TypeError or RangeError if no header can carry the two addresses. */
export function checkAddresses(source: Address, destination: Address): CheckedAddresses {
  if (source == null && destination == null) return { kind: 'none' };
  if (source == null || destination == null) {
    throw new TypeError('a header names both source and destination, or neither');
  }
  if ('path' in source && 'path' in destination) {
    return { kind: 'unix', source: pathBytes(source.path), destination: pathBytes(destination.path) };
  }
  if ('path' in source || 'path' in destination) {
    throw new TypeError('source and destination must both be IP addresses or both be unix paths');
  }
  return {
    kind: 'inet',
    source: ipBytes(source.address),
    sourcePort: checkPort(source.port),
    destination: ipBytes(destination.address),
    destinationPort: checkPort(destination.port),
  };
}

function ipBytes(address: string): Uint8Array {
  const ip = parseIp(address);
  if (ip === undefined) throw new RangeError(`not an IP address: ${JSON.stringify(address)}`);
  return ip;
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new RangeError(`a port is an integer from 0 to 65535, got ${String(port)}`);
}

function pathBytes(path: string): Uint8Array {
  const bytes = Buffer.from(path, 'utf8');
  if (path.includes('\0')) throw new RangeError('a unix path must not contain a NUL');
  if (bytes.length > MAX_PATH_BYTES) {
    throw new RangeError(`a unix path has at most ${MAX_PATH_BYTES} bytes, got ${bytes.length}`);
  }
  return bytes;
}
