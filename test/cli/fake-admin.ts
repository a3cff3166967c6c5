import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

/** Something that listens where a Herald's admin address would be; returns that address. */
export async function fakeAdmin(
  t: ExecutionContext,
  answer: RequestListener,
  path?: string,
): Promise<string> {
  const server = createServer(answer);
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(path ?? { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  return path === undefined ? `127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${path}`;
}
