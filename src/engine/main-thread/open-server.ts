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

/** Listens, and gives the address with the port that it really has. Rejects with a `StartError`. */
export async function openServer(server: Server, plan: ListenerPlan): Promise<ListenAddress> {
  const { listen } = plan;
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(listenError(plan, error));
    server.once('error', failed);
    server.listen(listenOptions(listen), () => {
      server.off('error', failed);
      resolve();
    });
  });
  const bound = server.address();
  const hasPort = listen.kind === 'tcp' && bound !== null && typeof bound === 'object';
  return hasPort ? { ...listen, port: bound.port } : listen;
}

/** What Node's `listen` is given for an address of a plan. */
export function listenOptions(listen: ListenAddress): ListenOptions {
  if (listen.kind === 'unix') return { path: listen.path, backlog: BACKLOG };
  // Without a host Node listens on :: for both families, or on 0.0.0.0 if there is no IPv6.
  if (listen.ip === null) return { port: listen.port, backlog: BACKLOG };
  const ipv6Only = listen.ip.length === 16;
  return { host: formatIp(listen.ip), port: listen.port, ipv6Only, backlog: BACKLOG };
}
