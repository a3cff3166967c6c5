import type { Hop } from '../../endpoints/snapshot.ts';
import { ERRNO } from '../../linux/errno.ts';
import {
  bindTcp,
  close,
  connectTcp,
  setKeepalive,
  setReuseAddress,
  setUrgentInline,
  tcpSocket,
} from '../../linux/socket.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';

/** How many ports are tried before the kernel is asked, while it has none. */
const TRIES = 8;
/** For how long the kernel is taken to have none. It looks at each port before it says so, which takes milliseconds. */
const SHORT_MS = 60_000;
const ANY = { 4: new Uint8Array(4), 16: new Uint8Array(16) } as const;

/** The port cannot be bound: it is used to this hop, or by another program. */
const TAKEN: readonly number[] = [-ERRNO.EADDRNOTAVAIL, -ERRNO.EADDRINUSE];

/** Of this thread. */
let shortUntilMs = Number.NEGATIVE_INFINITY;

/**
 * Begins to connect to a hop; returns the descriptor, or the negative errno. All sessions to the endpoints of a node go to one address
 * and port. A port stays in TIME_WAIT for a minute, and the kernel does not choose it in that time: 28,000 ports would be 470 sessions a
 * second. If it has none left the port is chosen here, because one that is bound may be used from TIME_WAIT (by its timestamps, RFC 6191).
 */
export function dialHop(hop: Hop, rules: ListenerRules): number {
  const { context } = rules;
  const nowMs = context.now();
  if (nowMs >= shortUntilMs) {
    const result = dialFrom(hop, rules, 0);
    if (result !== -ERRNO.EADDRNOTAVAIL) return result;
    shortUntilMs = nowMs + SHORT_MS;
  }
  const [first, last] = context.selfConnects.ports;
  for (let count = 0; count < TRIES; count++) {
    const result = dialFrom(hop, rules, first + Math.floor(context.random() * (last - first + 1)));
    if (!TAKEN.includes(result)) return result;
  }
  return dialFrom(hop, rules, 0);
}

/** `port` 0: the kernel chooses it. */
function dialFrom({ ip, port: hopPort }: Hop, { plan }: ListenerRules, port: number): number {
  const { connectMs, keepaliveMs } = plan.timeouts;
  const fd = tcpSocket(ip);
  if (fd < 0) return fd;
  setUrgentInline(fd);
  // Of both sockets: the one that leaves a port in TIME_WAIT, and the one that uses it.
  setReuseAddress(fd);
  // The kernel gives up a connect by itself, but not the wait for an acknowledgement.
  if (connectMs === 0) setKeepalive(fd, keepaliveMs);
  const bound = port === 0 ? 0 : bindTcp(fd, ANY[ip.length === 4 ? 4 : 16], port);
  const result = bound < 0 ? bound : connectTcp(fd, ip, hopPort);
  if (result === 0 || result === -ERRNO.EINPROGRESS) return fd;
  close(fd);
  return result;
}
