import { inetAddress, type SocketInetAddress } from './inet-address.ts';
import type { Memory } from './memory.ts';

/** Families (include/linux/socket.h). */
export const AF = { UNIX: 1, INET: 2, INET6: 10 } as const;

/** 110 = 2 of family + 108 of path: the longest of the three. */
export const SOCKADDR_BYTES = 110;

/** The family is little-endian on x86-64 and arm64; ports and addresses are in network order. */
const LITTLE = true;

/** Writes sockaddr_in or sockaddr_in6 at the start of `memory` and returns its length. */
export function putInet(memory: Memory, ip: Uint8Array, port: number): number {
  const { view, bytes } = memory;
  view.setUint16(2, port);
  if (ip.length === 4) {
    view.setUint16(0, AF.INET, LITTLE);
    putBytes(bytes, 4, ip);
    view.setFloat64(8, 0);
    return 16; // family 2 + port 2 + address 4 + 8 unused
  }
  view.setUint16(0, AF.INET6, LITTLE);
  view.setUint32(4, 0); // flow label
  putBytes(bytes, 8, ip);
  view.setUint32(24, 0); // scope
  return 28; // family 2 + port 2 + flow 4 + address 16 + scope 4
}

/** For so few bytes a loop costs less than `set`. */
function putBytes(target: Uint8Array, at: number, bytes: Uint8Array): void {
  for (let index = 0; index < bytes.length; index++) target[at + index] = bytes[index]!;
}

/**
 * Writes sockaddr_un at the start of `memory` and returns its length. The path has at most 107 bytes. A path ends with a NUL; a name
 * of the abstract namespace begins with one and ends with the length of the address.
 */
export function putUnix(memory: Memory, path: string): number {
  memory.view.setUint16(0, AF.UNIX, LITTLE);
  const { written } = new TextEncoder().encodeInto(path, memory.bytes.subarray(2, SOCKADDR_BYTES - 1));
  if (path.startsWith('\0')) return 2 + written;
  memory.bytes[2 + written] = 0;
  return 2 + written + 1;
}

/** A copy of the address that the kernel wrote, v4-mapped as IPv4; null for a unix socket. */
export function takeInet({ view }: Memory): SocketInetAddress | null {
  const family = view.getUint16(0, LITTLE);
  const port = view.getUint16(2);
  if (family === AF.INET) return inetAddress(view, 4, 4, port);
  if (family !== AF.INET6) return null;
  return isV4Mapped(view) ? inetAddress(view, 20, 4, port) : inetAddress(view, 8, 16, port);
}

/** ::ffff:0:0/96 */
function isV4Mapped(view: DataView): boolean {
  return view.getUint32(8) === 0 && view.getUint32(12) === 0 && view.getUint32(16) === 0xffff;
}
