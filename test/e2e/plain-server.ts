import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Owner } from '../helpers/peer-owner.ts';

/** A server that has never heard of the protocol: it answers each request with the peer of its socket. Returns its port. */
export async function startPlainServer(owner: Owner): Promise<number> {
  const server = createServer(({ socket }, response) => {
    response.end(`${socket.remoteAddress} ${socket.remotePort}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owner.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
