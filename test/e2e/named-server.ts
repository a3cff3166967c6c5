import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Owner } from '../helpers/peer-owner.ts';

/** A server that reads whatever comes, and then answers its name. Returns its port. */
export async function startNamedServer(owner: Owner, name: string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('end', () => socket.end(name));
    socket.resume();
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  owner.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
