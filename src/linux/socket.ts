import { fcntl } from './descriptor-flags.ts';
import { ERRNO } from './errno.ts';
import type { SocketInetAddress } from './inet-address.ts';
import { declare, errno } from './libc.ts';
import { allocate } from './memory.ts';
import { AF, putInet, putUnix, SOCKADDR_BYTES, takeInet } from './sockaddr.ts';

/** include/uapi/asm-generic/socket.h, include/uapi/linux/tcp.h, include/linux/net.h, include/linux/socket.h */
const SOCK = { STREAM: 1, NONBLOCK: 0o4000, CLOEXEC: 0o2000000 } as const;
const SOL = { SOCKET: 1, TCP: 6, IPV6: 41 } as const;
const SO = { REUSEADDR: 2, ERROR: 4, KEEPALIVE: 9, OOBINLINE: 10, LINGER: 13, REUSEPORT: 15 } as const;
const TCP = { NODELAY: 1, KEEPIDLE: 4, KEEPINTVL: 5, INFO: 11 } as const;
const IPV6_V6ONLY = 26;
const IP_BIND_ADDRESS_NO_PORT = 24;
const SOL_IP = 0;
const MSG_PEEK = 0x2;
const MSG_NOSIGNAL = 0x4000;
const MSG_MORE = 0x8000;
const SHUT_WR = 1;
/** include/uapi/asm-generic/ioctls.h: TIOCOUTQ */
const SIOCOUTQ = 0x5411;
/** include/uapi/linux/fcntl.h */
const F_DUPFD_CLOEXEC = 1030;
const NEW = SOCK.NONBLOCK | SOCK.CLOEXEC;

const socket = declare('int socket(int domain, int type, int protocol)');
const bind = declare('int bind(int fd, uintptr_t address, uint32_t length)');
const listen = declare('int listen(int fd, int backlog)');
const accept4 = declare('int accept4(int fd, uintptr_t address, uintptr_t length, int flags)');
const connect = declare('int connect(int fd, uintptr_t address, uint32_t length)');
const getsockname = declare('int getsockname(int fd, uintptr_t address, uintptr_t length)');
const setsockopt = declare('int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t length)');
const getsockopt = declare('int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)');
// Declared as int, though it is a ssize_t: results never exceed the request, and koffi need not convert 64 bits.
const recv = declare('int recv(int fd, uintptr_t bytes, uintptr_t length, int flags)');
const send = declare('int send(int fd, uintptr_t bytes, uintptr_t length, int flags)');
const ioctl = declare('int ioctl(int fd, unsigned long request, uintptr_t value)');
const shutdown = declare('int shutdown(int fd, int how)');
const closeFd = declare('int close(int fd)');

const address = allocate(SOCKADDR_BYTES);
const length = allocate(4);
const value = allocate(8);

// struct tcp_info (include/uapi/linux/tcp.h): 8 bytes of flags, then words of 32 bits.
const TCP_INFO_BYTES = 104;
const PROBES_AT = 3;
const UNACKED_AT = 24;
const LAST_SENT_AT = 44;
const LAST_RECEIVED_AT = 52;
const LAST_ACK_AT = 56;
const info = allocate(TCP_INFO_BYTES);

// Every function below gives a result of at least 0, or the negative errno. None throws, none blocks.

function checked(result: number): number {
  return result < 0 ? -errno() : result;
}

/** Sets an option whose value is an int. */
export function setInt(fd: number, level: number, name: number, number: number): number {
  value.view.setInt32(0, number, true);
  return checked(setsockopt(fd, level, name, value.address, 4));
}

/** A new TCP socket of the family of `ip`, non-blocking. */
export function tcpSocket(ip: Uint8Array): number {
  return checked(socket(ip.length === 4 ? AF.INET : AF.INET6, SOCK.STREAM | NEW, 0));
}

/** A new unix socket, non-blocking. */
export function unixSocket(): number {
  return checked(socket(AF.UNIX, SOCK.STREAM | NEW, 0));
}

export function bindTcp(fd: number, ip: Uint8Array, port: number): number {
  return checked(bind(fd, address.address, putInet(address, ip, port)));
}

export function bindUnix(fd: number, path: string): number {
  return checked(bind(fd, address.address, putUnix(address, path)));
}

export function listenOn(fd: number, backlog: number): number {
  return checked(listen(fd, backlog));
}

/** Accepts the next connection from the queue. `peer` then gives its address. */
export function accept(fd: number): number {
  length.view.setUint32(0, SOCKADDR_BYTES, true);
  return checked(accept4(fd, address.address, length.address, NEW));
}

/** The peer of the connection that was accepted last, a v4-mapped address as IPv4; null for a unix socket. */
export function peer(): SocketInetAddress | null {
  return takeInet(address);
}

/** Our end of a socket; null for a unix socket, or if the kernel does not know it any more. */
export function localAddress(fd: number): SocketInetAddress | null {
  length.view.setUint32(0, SOCKADDR_BYTES, true);
  return getsockname(fd, address.address, length.address) < 0 ? null : takeInet(address);
}

/** Usually -EINPROGRESS. */
export function connectTcp(fd: number, ip: Uint8Array, port: number): number {
  return checked(connect(fd, address.address, putInet(address, ip, port)));
}

export function connectUnix(fd: number, path: string): number {
  return checked(connect(fd, address.address, putUnix(address, path)));
}

/** SO_ERROR, the result of a connect: 0 or the errno. Reading clears it. */
export function socketError(fd: number): number {
  length.view.setUint32(0, 4, true);
  const result = getsockopt(fd, SOL.SOCKET, SO.ERROR, value.address, length.address);
  return result < 0 ? errno() : value.view.getInt32(0, true);
}

/** Receives into memory. 0 is the end of the stream. */
export function receive(fd: number, at: number, bytes: number): number {
  const count = recv(fd, at, bytes, 0);
  return count < 0 ? -errno() : count;
}

/** 1 if bytes wait to be received, also after a reset; 0 at the end of the stream; else the negative errno, which is cleared. */
export function peek(fd: number): number {
  const count = recv(fd, value.address, 1, MSG_PEEK);
  return count < 0 ? -errno() : count;
}

/** True if the peer has closed its end and everything before that has been received, or if the connection has broken. */
export function hasEnded(fd: number): boolean {
  const count = peek(fd);
  return count <= 0 && count !== -ERRNO.EAGAIN;
}

/** How many sent bytes the peer has not acknowledged yet. The end of the stream counts as one. */
export function unconfirmedBytes(fd: number): number {
  return ioctl(fd, SIOCOUTQ, value.address) < 0 ? 0 : value.view.getInt32(0, true);
}

/**
 * Sends as many bytes from memory as the kernel takes. If the peer has gone: -EPIPE, never a signal. `more`: a segment that
 * is not full waits for the next send or the end of the stream, up to 200 ms.
 */
export function transmit(fd: number, at: number, bytes: number, more = false): number {
  const count = send(fd, at, bytes, more ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL);
  return count < 0 ? -errno() : count;
}

/** Ends our stream. The other direction stays open. */
export function endStream(fd: number): number {
  return checked(shutdown(fd, SHUT_WR));
}

/** Another descriptor of the same socket. No child process inherits it: dup(2) would clear that flag. */
export function duplicate(fd: number): number {
  return checked(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

export function close(fd: number): number {
  return checked(closeFd(fd));
}

/** Closes with a reset (SO_LINGER of 0 seconds). A unix socket just closes. */
export function reset(fd: number): number {
  value.view.setInt32(0, 1, true);
  value.view.setInt32(4, 0, true);
  setsockopt(fd, SOL.SOCKET, SO.LINGER, value.address, 8);
  return close(fd);
}

export function setNoDelay(fd: number): number {
  return setInt(fd, SOL.TCP, TCP.NODELAY, 1);
}

/** Keepalive: probes an idle peer after so many milliseconds, and at that interval (0: never). Accepted sockets inherit it. */
export function setKeepalive(fd: number, idleMs: number): number {
  if (idleMs === 0) return setInt(fd, SOL.SOCKET, SO.KEEPALIVE, 0);
  const seconds = Math.max(1, Math.round(idleMs / 1000));
  setInt(fd, SOL.TCP, TCP.KEEPIDLE, seconds);
  setInt(fd, SOL.TCP, TCP.KEEPINTVL, Math.max(1, Math.round(seconds / 6)));
  return setInt(fd, SOL.SOCKET, SO.KEEPALIVE, 1);
}

/** Receives urgent data in its place in the stream. Otherwise a relay loses that byte. */
export function setUrgentInline(fd: number): number {
  return setInt(fd, SOL.SOCKET, SO.OOBINLINE, 1);
}

/**
 * For how many milliseconds the peer has acknowledged nothing, although sent bytes or probes of its closed window wait for
 * that; 0 if nothing waits. TCP_USER_TIMEOUT would give up a peer that answers every probe and only does not read.
 */
export function unansweredMs(fd: number): number {
  length.view.setUint32(0, TCP_INFO_BYTES, true);
  if (getsockopt(fd, SOL.TCP, TCP.INFO, info.address, length.address) < 0) return 0;
  const waits = info.view.getUint32(UNACKED_AT, true) > 0 || info.view.getUint8(PROBES_AT) > 0;
  return waits ? info.view.getUint32(LAST_ACK_AT, true) : 0;
}

/** In which direction data moved last, as exactly as the kernel's clock tells; null if it does not, as for a unix socket. */
export function movedLast(fd: number): 'in' | 'out' | null {
  length.view.setUint32(0, TCP_INFO_BYTES, true);
  if (getsockopt(fd, SOL.TCP, TCP.INFO, info.address, length.address) < 0) return null;
  const behind = info.view.getUint32(LAST_SENT_AT, true) - info.view.getUint32(LAST_RECEIVED_AT, true);
  return behind === 0 ? null : behind > 0 ? 'in' : 'out';
}

export function setReuseAddress(fd: number): number {
  return setInt(fd, SOL.SOCKET, SO.REUSEADDR, 1);
}

export function setReusePort(fd: number): number {
  return setInt(fd, SOL.SOCKET, SO.REUSEPORT, 1);
}

export function setOnlyV6(fd: number, only: boolean): number {
  return setInt(fd, SOL.IPV6, IPV6_V6ONLY, only ? 1 : 0);
}

/** Lets `bind` set the address and leave the port to `connect`, which may share one port between endpoints. */
export function setBindWithoutPort(fd: number): number {
  return setInt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1);
}
