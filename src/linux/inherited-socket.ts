import { declare, errno } from './libc.ts';
import { allocate } from './memory.ts';
import { AF, SOCKADDR_BYTES, takeInet } from './sockaddr.ts';

/** include/uapi/asm-generic/socket.h, include/uapi/linux/in6.h, include/uapi/asm-generic/fcntl.h */
const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_ACCEPTCONN = 30;
const SOL_IPV6 = 41;
const IPV6_V6ONLY = 26;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;
/** The 2 bytes of the family, before the path of a sockaddr_un. */
const PATH_AT = 2;

export const SOCKET_TYPE = { STREAM: 1, DATAGRAM: 2 } as const;

const getsockname = declare('int getsockname(int fd, uintptr_t address, uintptr_t length)');
const getsockopt = declare('int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)');
const fcntl = declare('int fcntl(int fd, int command, int argument)');

const address = allocate(SOCKADDR_BYTES);
const length = allocate(4);
const value = allocate(4);

/** Where a socket is bound. `ip` null: every address of both families. `other`: an address that is none of these. */
export type BoundAddress =
  | { readonly kind: 'tcp'; readonly ip: Uint8Array | null; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'abstract'; readonly name: string }
  | { readonly kind: 'other'; readonly family: number };

/** A socket that another process has made and bound. */
export interface InheritedSocket {
  readonly address: BoundAddress;
  /** One of `SOCKET_TYPE`, or another number of the kernel. */
  readonly type: number;
  readonly isListening: boolean;
}

/** What the kernel knows of a descriptor; null if it is not open, or is no socket. */
export function inheritedSocket(fd: number): InheritedSocket | null {
  const type = option(fd, SOL_SOCKET, SO_TYPE);
  if (type === null) return null;
  return { address: boundAddress(fd), type, isListening: option(fd, SOL_SOCKET, SO_ACCEPTCONN) === 1 };
}

/** Sets O_NONBLOCK on the socket, and FD_CLOEXEC on the descriptor. 0, or the negative errno. */
export function adopt(fd: number): number {
  const flags = fcntl(fd, F_GETFL, 0);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -errno();
  const own = fcntl(fd, F_GETFD, 0);
  return own < 0 || fcntl(fd, F_SETFD, own | FD_CLOEXEC) < 0 ? -errno() : 0;
}

function option(fd: number, level: number, name: number): number | null {
  length.view.setUint32(0, 4, true);
  if (getsockopt(fd, level, name, value.address, length.address) < 0) return null;
  return value.view.getInt32(0, true);
}

function boundAddress(fd: number): BoundAddress {
  address.bytes.fill(0);
  length.view.setUint32(0, SOCKADDR_BYTES, true);
  if (getsockname(fd, address.address, length.address) < 0) return { kind: 'other', family: -errno() };
  const family = address.view.getUint16(0, true);
  if (family === AF.UNIX) return unixAddress(length.view.getUint32(0, true));
  const inet = takeInet(address);
  if (inet === null) return { kind: 'other', family };
  const { ip, port } = inet;
  // A socket of `[::]` without IPV6_V6ONLY takes IPv4 as well.
  const isBoth =
    family === AF.INET6 && ip.every((byte) => byte === 0) && option(fd, SOL_IPV6, IPV6_V6ONLY) === 0;
  return { kind: 'tcp', ip: isBoth ? null : ip, port };
}

/** `size`: what the kernel says of the whole address, with the NUL behind a path. */
function unixAddress(size: number): BoundAddress {
  const bytes = address.bytes.subarray(PATH_AT, Math.min(size, SOCKADDR_BYTES));
  if (bytes.length === 0) return { kind: 'other', family: AF.UNIX };
  const text = new TextDecoder();
  if (bytes[0] === 0) return { kind: 'abstract', name: text.decode(bytes.subarray(1)) };
  const end = bytes.indexOf(0);
  return { kind: 'unix', path: text.decode(end < 0 ? bytes : bytes.subarray(0, end)) };
}
