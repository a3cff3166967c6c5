import type { Endpoint } from '../../endpoints/snapshot.ts';
import { ERRNO, errnoName } from '../../linux/errno.ts';
import {
  bindTcp,
  close,
  connectTcp,
  connectUnix,
  setBindWithoutPort,
  setUrgentInline,
  tcpSocket,
  unixSocket,
} from '../../linux/socket.ts';
import { connectFailure } from '../../plan/errno-reasons.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import type { EndpointsInTurn } from '../../session/transparent-rules.ts';
import type { WaitingLines } from '../../session/waiting-lines.ts';
import { dialTransparent } from './dial-transparent.ts';

/** The queue of a unix socket has no room. */
export const FULL = -ERRNO.EAGAIN;
/** There was no endpoint left to dial: no errno is that. */
export const NOBODY = -0x1_0000;

/** Dials one endpoint after the other until one does not fail at once: `dial`'s result, or `NOBODY`. */
export function dialNext(candidates: EndpointsInTurn, ledger: Ledger, lines: WaitingLines): number {
  let last = NOBODY;
  for (let endpoint = candidates.next(); endpoint !== null; endpoint = candidates.next()) {
    ledger.dialing(endpoint);
    // Whoever waits for it was here first.
    last = endpoint.path !== null && lines.has(endpoint.path) ? FULL : dial(endpoint, ledger);
    if (last >= 0 || (last === FULL && endpoint.path !== null)) return last;
    ledger.dialFailed(connectFailure(errnoName(-last)));
  }
  return last;
}

/** Begins to connect to an endpoint; gives the descriptor, or the negative errno where that failed at once. */
export function dial(endpoint: Endpoint, { rules, client }: Ledger): number {
  if (rules.transparent !== null) return dialTransparent(endpoint, client.source!, rules);
  const fd = endpoint.path === null ? tcpSocket(endpoint.ip) : unixSocket();
  if (fd < 0) return fd;
  const result = endpoint.path === null ? dialTcp(fd, endpoint, rules) : connectUnix(fd, endpoint.path);
  if (result === 0 || result === -ERRNO.EINPROGRESS) return fd;
  close(fd);
  return result;
}

function dialTcp(fd: number, { ip, port }: Endpoint, { source }: ListenerRules): number {
  setUrgentInline(fd);
  const from = source.pick(ip.length);
  if (from !== null) {
    // The port is left to connect, which may use one for several endpoints.
    setBindWithoutPort(fd);
    const bound = bindTcp(fd, from, 0);
    if (bound < 0) return bound;
  }
  return connectTcp(fd, ip, port);
}
