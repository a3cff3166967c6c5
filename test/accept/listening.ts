import { once } from 'node:events';
import type { AddressInfo, ListenOptions, Server, Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

/**
 * Listens on loopback, at a port of its own unless told otherwise. The teardown ends what the server still has, and
 * waits until it has closed: a socket that stays open makes the test time out.
 */
export async function listening(t: ExecutionContext, server: Server, where?: ListenOptions): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(where ?? { port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  t.teardown(async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}
