import { declare, errno } from './libc.ts';
import { allocate } from './memory.ts';
import { AF, SOCKADDR_BYTES, takeInet } from './sockaddr.ts';

// include/uapi/asm-generic/socket.h, include/linux/net.h, include/uapi/linux/in6.h
const SOL = { SOCKET: 1, IPV6: 41 } as const;
const SO = { TYPE: 3, PEERCRED: 17, ACCEPTCONN: 30, DOMAIN: 39 } as const;
const IPV6_V6ONLY = 26;
const SOCK_STREAM = 1;

const getsockopt = declare('int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)');
const getsockname = declare('int getsockname(int fd, uintptr_t address, uintptr_t length)');
const geteuid = declare('uint32_t geteuid()');

const name = allocate(SOCKADDR_BYTES);
/** struct ucred (include/linux/socket.h): 12 = pid 4 + uid 4 + gid 4. */
const value = allocate(12);
const length = allocate(4);

/** Where a socket is bound. A unix socket without a path, unnamed or abstract, is `unnamed`. */
export type BoundName =
  | { readonly kind: 'tcp'; readonly ip: Uint8Array; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'unnamed' };

/** What the kernel says of a socket that somebody else has made. */
export interface SocketFacts {
  readonly family: 'ipv4' | 'ipv6' | 'unix' | 'other';
  readonly isStream: boolean;
  readonly isListening: boolean;
  /** Only an IPv6 socket can be so. */
  readonly isV6Only: boolean;
  /** A v4-mapped address of an IPv6 socket is given as IPv4. */
  readonly bound: BoundName;
}

/** Who has made the other end of a unix connection, as the kernel knows it. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
}

const FAMILIES: { readonly [domain: number]: SocketFacts['family'] } = {
  [AF.INET]: 'ipv4',
  [AF.INET6]: 'ipv6',
  [AF.UNIX]: 'unix',
};

/** The facts of a socket, or a negative errno: -ENOTSOCK for another kind of descriptor. */
export function socketFacts(fd: number): SocketFacts | number {
  const domain = option(fd, SOL.SOCKET, SO.DOMAIN);
  if (domain < 0) return domain;
  const family = FAMILIES[domain] ?? 'other';
  const bound = boundName(fd);
  if (typeof bound === 'number') return bound;
  return {
    family,
    isStream: option(fd, SOL.SOCKET, SO.TYPE) === SOCK_STREAM,
    isListening: option(fd, SOL.SOCKET, SO.ACCEPTCONN) === 1,
    isV6Only: family === 'ipv6' && option(fd, SOL.IPV6, IPV6_V6ONLY) === 1,
    bound,
  };
}

/** The process at the other end of a unix connection, or a negative errno. SO_PEERCRED: who connected, or who listened. */
export function peerCredentials(fd: number): PeerCredentials | number {
  length.view.setUint32(0, 12, true);
  if (getsockopt(fd, SOL.SOCKET, SO.PEERCRED, value.address, length.address) < 0) return -errno();
  return { pid: value.view.getInt32(0, true), uid: value.view.getUint32(4, true) };
}

/** The effective user of this process, which the kernel shows to its peers. */
export function ownUid(): number {
  return geteuid();
}

/** An option whose value is an int of at least 0, or a negative errno. */
function option(fd: number, level: number, which: number): number {
  length.view.setUint32(0, 4, true);
  const result = getsockopt(fd, level, which, value.address, length.address);
  return result < 0 ? -errno() : value.view.getInt32(0, true);
}

function boundName(fd: number): BoundName | number {
  length.view.setUint32(0, SOCKADDR_BYTES, true);
  if (getsockname(fd, name.address, length.address) < 0) return -errno();
  if (name.view.getUint16(0, true) === AF.UNIX) return unixName(length.view.getUint32(0, true));
  const inet = takeInet(name);
  return inet === null ? { kind: 'unnamed' } : { kind: 'tcp', ip: inet.ip, port: inet.port };
}

/** sockaddr_un: 2 of family, then the path up to a NUL. An abstract name begins with one, an unnamed socket has no path. */
function unixName(bytes: number): BoundName {
  const path = name.bytes.subarray(2, Math.min(bytes, SOCKADDR_BYTES));
  const end = path.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? path : path.subarray(0, end));
  return text === '' ? { kind: 'unnamed' } : { kind: 'unix', path: text };
}
