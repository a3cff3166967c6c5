import type { ListenOptions, Server } from 'node:net';
import { formatIp } from '../../address/ip.ts';
import { listenError } from '../../plan/listen-error.ts';
import type { ListenAddress, ListenerPlan } from '../../plan/plan.ts';

/**
 * How many clients the kernel queues until the server accepts them; net.core.somaxconn bounds it. With Node's default of
 * 511, a drain would reset clients that came in one long turn of the loop: they count themselves connected, but found no
 * place in the queue.
 */
export const BACKLOG = 4096;

/** Opens sockets by calls of the kernel: those that Node binds cannot be handed to another process. */
export interface RawListen {
  /** Descriptors that listen, and their address. Throws an error with a `code`. */
  readonly open: (
    request: { readonly name: string; readonly listen: ListenAddress; readonly keepaliveMs: number },
    workers: number,
  ) => { readonly fds: readonly number[]; readonly address: ListenAddress };
  /** Removes the path of a unix socket that is closed. */
  readonly unlink: (address: ListenAddress) => void;
}

/** A server that listens, with others for the further sockets of its listener. */
export interface OpenedServers {
  readonly servers: readonly Server[];
  /** With the port that it really has. */
  readonly address: ListenAddress;
  /** The descriptors of the servers, in their order; empty if Node has bound the socket. */
  readonly fds: readonly number[];
}

/** Listens. `further` makes a server for a socket that was inherited beside the first. Rejects with a `StartError`. */
export async function openServers(
  server: Server,
  plan: ListenerPlan,
  raw: RawListen | undefined,
  further: () => Server,
): Promise<OpenedServers> {
  if (raw === undefined) {
    await listening(server, listenOptions(plan.listen), plan);
    return { servers: [server], address: boundAddress(server, plan.listen), fds: [] };
  }
  const { fds, address } = openSockets(plan, raw);
  const servers: Server[] = [];
  for (const fd of fds) {
    const each = servers.length === 0 ? server : further();
    await listening(each, { fd, exclusive: true }, plan);
    servers.push(each);
  }
  return { servers, address, fds };
}

function openSockets(plan: ListenerPlan, raw: RawListen): ReturnType<RawListen['open']> {
  const { name, listen } = plan;
  try {
    // The sessions of these engines set the keepalive themselves, of those connections that live long enough.
    return raw.open({ name, listen, keepaliveMs: 0 }, 1);
  } catch (error) {
    throw listenError(plan, error as NodeJS.ErrnoException);
  }
}

function listening(
  server: Server,
  options: ListenOptions & { fd?: number },
  plan: ListenerPlan,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(plan, error));
    server.once('error', failed);
    // For a descriptor, Node takes the backlog only as an argument, and otherwise shortens the queue to its default.
    server.listen(options, BACKLOG, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

function boundAddress(server: Server, listen: ListenAddress): ListenAddress {
  const bound = server.address();
  const hasPort = listen.kind === 'tcp' && bound !== null && typeof bound === 'object';
  return hasPort ? { ...listen, port: bound.port } : listen;
}

/** What Node's `listen` is given for an address of a plan. */
export function listenOptions(listen: ListenAddress): ListenOptions {
  if (listen.kind === 'unix') return { path: listen.path };
  // Without a host Node listens on :: for both families, or on 0.0.0.0 if there is no IPv6.
  if (listen.ip === null) return { port: listen.port };
  const ipv6Only = listen.ip.length === 16;
  return { host: formatIp(listen.ip), port: listen.port, ipv6Only };
}
