import { ERRNO, errnoName } from '../linux/errno.ts';
import {
  bindTcp,
  bindUnix,
  close,
  duplicate,
  listenOn,
  localAddress,
  setKeepalive,
  setNoDelay,
  setOnlyV6,
  setReuseAddress,
  setReusePort,
  setUrgentInline,
  tcpSocket,
  unixSocket,
} from '../linux/socket.ts';
import type { BindError } from '../plan/listen-error.ts';
import type { ListenAddress } from '../plan/plan.ts';

/** What a listener asks for. `keepaliveMs` 0: no keepalive. */
export interface SocketRequest {
  readonly name: string;
  readonly listen: ListenAddress;
  readonly keepaliveMs: number;
  /** It has one socket, and the port is not shared with another process, whatever `--reuse-port` says. */
  readonly exclusive?: boolean;
}

/** A listener's descriptors, at least one for each worker. */
export interface OpenSockets {
  readonly fds: readonly number[];
  /** How many sockets these are. The first descriptors have one each; the others are duplicates, and share a queue with one. */
  readonly distinct: number;
  /** With the port that it really has. */
  readonly address: ListenAddress;
}

type TcpAddress = Extract<ListenAddress, { kind: 'tcp' }>;

/** The kernel limits it to net.core.somaxconn. */
const BACKLOG = 4096;
const ANY_V6 = new Uint8Array(16);
const ANY_V4 = new Uint8Array(4);

// Each function below throws an error with the `code` of the errno, and then leaves nothing open that it has opened.

/**
 * Binds a listener's first socket. `reusePort`: the port may be that of another process of this user. Otherwise the bind is
 * without SO_REUSEPORT, which would silently share a port with another program.
 */
export function bindFirst(
  { listen, keepaliveMs, exclusive = false }: SocketRequest,
  reusePort: boolean,
): OpenSockets {
  const { fd, address } =
    listen.kind === 'unix'
      ? bindPath(listen.path)
      : bindPort(openTcp(listen), listen, keepaliveMs, reusePort && !exclusive);
  must(listenOn(fd, BACKLOG), [fd]);
  return { fds: [fd], distinct: 1, address };
}

/**
 * Adds descriptors until there are as many as workers: sockets that join the port by SO_REUSEPORT. They are duplicates for a
 * path, which can be bound only once, and if no socket may join (the first belongs to another user). The first are closed as
 * well if this fails.
 */
export function bindRest(first: OpenSockets, { keepaliveMs }: SocketRequest, workers: number): OpenSockets {
  const { address } = first;
  const fds = [...first.fds];
  let { distinct } = first;
  if (address.kind === 'tcp' && fds.length < workers) {
    for (const fd of fds) setReusePort(fd);
    while (fds.length < workers) {
      const fd = joinPort(address, keepaliveMs, fds);
      if (fd < 0) break;
      fds.push(fd);
      distinct++;
    }
  }
  return share({ fds, distinct, address }, workers);
}

/** Adds duplicates until there are as many descriptors as workers. The first are closed as well if this fails. */
export function share({ fds, distinct, address }: OpenSockets, workers: number): OpenSockets {
  const all = [...fds];
  while (all.length < workers) all.push(must(duplicate(all[all.length % distinct]!), all));
  return { fds: all, distinct, address };
}

/** Sets on a socket that somebody else has bound what accepted sockets inherit. */
export function adopt(fd: number, { listen, keepaliveMs }: SocketRequest): void {
  if (listen.kind === 'tcp') inheritOptions(fd, keepaliveMs);
  listenOn(fd, BACKLOG);
}

/** Sockets accepted from now on inherit this keepalive from the listener's. */
export function followKeepalive({ fds, address }: OpenSockets, keepaliveMs: number): void {
  if (address.kind === 'tcp') for (const fd of fds) setKeepalive(fd, keepaliveMs);
}

/** Duplicates the descriptors. */
export function duplicateAll({ fds, ...rest }: OpenSockets): OpenSockets {
  const own: number[] = [];
  for (const fd of fds) own.push(must(duplicate(fd), own));
  return { ...rest, fds: own };
}

function bindPath(path: string): { fd: number; address: ListenAddress } {
  const fd = must(unixSocket(), []);
  must(bindUnix(fd, path), [fd]);
  return { fd, address: { kind: 'unix', path } };
}

function bindPort(
  { fd, ip }: { fd: number; ip: Uint8Array },
  listen: TcpAddress,
  keepaliveMs: number,
  reusePort: boolean,
): { fd: number; address: ListenAddress } {
  prepare(fd, ip, listen, keepaliveMs);
  if (reusePort) setReusePort(fd);
  must(bindTcp(fd, ip, listen.port), [fd], reusePort);
  return { fd, address: { ...listen, port: localAddress(fd)!.port } };
}

/** The descriptor of one more socket of this port; a negative errno if it cannot be had. */
function joinPort(address: TcpAddress, keepaliveMs: number, open: readonly number[]): number {
  const { ip } = localAddress(open[0]!)!;
  const fd = must(tcpSocket(ip), open);
  prepare(fd, ip, address, keepaliveMs);
  setReusePort(fd);
  const bound = bindTcp(fd, ip, address.port);
  const result = bound < 0 ? bound : listenOn(fd, BACKLOG);
  if (result >= 0) return fd;
  close(fd);
  return result;
}

/** A socket of the family of the address; all addresses are those of IPv4 on a machine without IPv6. */
function openTcp({ ip }: TcpAddress): { fd: number; ip: Uint8Array } {
  const fd = tcpSocket(ip ?? ANY_V6);
  if (fd === -ERRNO.EAFNOSUPPORT && ip === null) return { fd: must(tcpSocket(ANY_V4), []), ip: ANY_V4 };
  return { fd: must(fd, []), ip: ip ?? ANY_V6 };
}

function prepare(fd: number, ip: Uint8Array, listen: TcpAddress, keepaliveMs: number): void {
  setReuseAddress(fd);
  if (ip.length === 16) setOnlyV6(fd, listen.ip !== null);
  inheritOptions(fd, keepaliveMs);
}

/** Sets the options that accepted sockets inherit. */
function inheritOptions(fd: number, keepaliveMs: number): void {
  setNoDelay(fd);
  setUrgentInline(fd);
  setKeepalive(fd, keepaliveMs);
}

function must(result: number, open: readonly number[], isShared = false): number {
  if (result >= 0) return result;
  for (const fd of open) close(fd);
  const code = errnoName(-result);
  throw Object.assign<Error, Partial<BindError>>(new Error(code), { code, isShared });
}
