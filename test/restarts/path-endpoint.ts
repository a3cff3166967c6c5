import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Owner } from '../helpers/peer-owner.ts';

/** An endpoint that answers a request with its path, and ends. It is not made of `node:http`, whose cost would be most of a run's. Returns its port. */
export async function startPathEndpoint(owner: Owner): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    let head = '';
    sockets.add(socket);
    socket.setEncoding('latin1');
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('data', (text) => {
      head += text;
      if (!head.endsWith('\r\n\r\n')) return;
      const path = head.split(' ', 2)[1]!;
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\nConnection: close\r\n\r\n${path}`);
    });
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  owner.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
