import { ERRNO, errnoName } from '../../linux/errno.ts';
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
} from '../../linux/socket.ts';
import { listenError } from '../../plan/listen-error.ts';
import type { ListenAddress, ListenerPlan, TimeoutPlan } from '../../plan/plan.ts';

/** The kernel limits it to net.core.somaxconn. */
const BACKLOG = 4096;
const ANY_V6 = new Uint8Array(16);
const ANY_V4 = new Uint8Array(4);

/** A listener's descriptors, one for each worker. */
export interface Opened {
  readonly fds: readonly number[];
  readonly address: ListenAddress;
}

/** Opens a listener with one descriptor for each worker. Throws a `StartError`, and then leaves nothing open. */
export function openListener(plan: ListenerPlan, workers: number): Opened {
  return plan.listen.kind === 'unix' ? openUnix(plan, plan.listen.path, workers) : openTcp(plan, workers);
}

/** Duplicates the descriptors for a listener that takes over the sockets. Throws like `openListener`. */
export function handOnListener(plan: ListenerPlan, { fds, address }: Opened): Opened {
  const own: number[] = [];
  for (const fd of fds) own.push(must(plan, duplicate(fd), own));
  return { fds: own, address };
}

/** Sockets accepted from now on inherit this keepalive from the listener's. */
export function followKeepalive({ fds, address }: Opened, { keepaliveMs }: TimeoutPlan): void {
  if (address.kind === 'tcp') for (const fd of fds) setKeepalive(fd, keepaliveMs);
}

function openUnix(plan: ListenerPlan, path: string, workers: number): Opened {
  const fd = must(plan, unixSocket(), []);
  must(plan, bindUnix(fd, path), [fd]);
  must(plan, listenOn(fd, BACKLOG), [fd]);
  // One queue for all workers, as SO_REUSEPORT does not exist for paths. Each worker closes its own descriptor of it.
  const fds = [fd];
  while (fds.length < workers) fds.push(must(plan, duplicate(fd), fds));
  return { fds, address: plan.listen };
}

function openTcp(plan: ListenerPlan, workers: number): Opened {
  const listen = plan.listen as Extract<ListenAddress, { kind: 'tcp' }>;
  let ip = listen.ip ?? ANY_V6;
  let probe = tcpSocket(ip);
  // All addresses, on a machine without IPv6.
  if (probe === -ERRNO.EAFNOSUPPORT && listen.ip === null) {
    ip = ANY_V4;
    probe = tcpSocket(ip);
  }
  const fds = [must(plan, probe, [])];
  const first = fds[0]!;
  const both = listen.ip === null;
  prepare(first, ip, both, plan);
  // The first bind is without SO_REUSEPORT, which would silently share a port with another program.
  must(plan, bindTcp(first, ip, listen.port), fds);
  setReusePort(first);
  const port = localAddress(first)!.port;
  for (let worker = 1; worker < workers; worker++) {
    const fd = must(plan, tcpSocket(ip), fds);
    fds.push(fd);
    prepare(fd, ip, both, plan);
    setReusePort(fd);
    must(plan, bindTcp(fd, ip, port), fds);
  }
  for (const fd of fds) must(plan, listenOn(fd, BACKLOG), fds);
  return { fds, address: { ...listen, port } };
}

/** Sets the options that accepted sockets inherit. */
function prepare(fd: number, ip: Uint8Array, both: boolean, plan: ListenerPlan): void {
  setReuseAddress(fd);
  if (ip.length === 16) setOnlyV6(fd, !both);
  setNoDelay(fd);
  setUrgentInline(fd);
  setKeepalive(fd, plan.timeouts.keepaliveMs);
}

function must(plan: ListenerPlan, result: number, open: readonly number[]): number {
  if (result >= 0) return result;
  for (const fd of open) close(fd);
  const code = errnoName(-result);
  throw listenError(plan, Object.assign(new Error(code), { code }));
}
