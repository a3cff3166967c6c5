import type { ListenOptions } from 'node:net';
import { formatIp } from '../../address/ip.ts';
import type { ListenAddress } from '../../plan/plan.ts';

/**
 * How many clients the kernel holds for a server that has not accepted them yet, bounded by net.core.somaxconn. Beyond
 * Node's own 511 a crowd that comes in one long turn of the loop would be reset by a drain: its clients take themselves
 * for connected, and are not in the queue.
 */
export const BACKLOG = 4096;

/** What Node's `listen` is given for an address of a plan. */
export function listenOptions(listen: ListenAddress): ListenOptions {
  if (listen.kind === 'unix') return { path: listen.path, backlog: BACKLOG };
  // Without a host Node listens on :: for both families, or on 0.0.0.0 where there is no IPv6.
  if (listen.ip === null) return { port: listen.port, backlog: BACKLOG };
  const ipv6Only = listen.ip.length === 16;
  return { host: formatIp(listen.ip), port: listen.port, ipv6Only, backlog: BACKLOG };
}
