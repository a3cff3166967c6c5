import { createServer, type Socket } from 'node:net';
import { acceptProxyProtocol, proxyHeaderOf } from '../../../src/index.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { POD_PORT } from './objects.ts';

/** A pod's application. It trusts every header, as one behind Herald's network policy does. */
export interface Pod {
  readonly ip: string;
  /** Connections that it has accepted. */
  readonly accepted: number;
  /** Its log: a line a client. */
  readonly log: readonly string[];
}

/**
 * Starts it on an address of its own. To what a client says first it answers with a line, `10.1.0.1 saw 10.9.0.1`, and what
 * comes later it sends back.
 */
export async function startPod(owner: Owner, ip: string, port = POD_PORT): Promise<Pod> {
  const sockets = new Set<Socket>();
  const log: string[] = [];
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.once('data', () => {
      const source = proxyHeaderOf(socket)?.source ?? null;
      const saw = source === null ? socket.remoteAddress : 'address' in source ? source.address : source.path;
      log.push(`client ${saw}`);
      socket.write(`${ip} saw ${saw}\n`);
      socket.on('data', (chunk) => socket.write(chunk));
    });
  });
  acceptProxyProtocol(server, { trust: ['0.0.0.0/0'], proxyHeader: 'optional' });
  await new Promise<void>((resolve) => server.listen({ port, host: ip, backlog: 4096 }, resolve));
  owner.teardown(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    ...{ ip, log },
    get accepted() {
      return accepted;
    },
  };
}
