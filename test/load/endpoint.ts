import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Owner } from '../helpers/peer-owner.ts';

/** Starts an endpoint on a free port of 127.0.0.1; `serve` gets each connection. The teardown closes all. */
export async function startEndpoint(owner: Owner, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owner.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

/** Answers HTTP requests, one at a time, with the body that `bodyOf` returns for each. */
export function answerHttp(bodyOf: (socket: Socket) => string, status = '200 OK'): (socket: Socket) => void {
  return (socket) => {
    let asked = '';
    socket.on('data', (bytes) => {
      asked += bytes.toString('latin1');
      if (!asked.endsWith('\r\n\r\n')) return;
      const closes = asked.includes('Connection: close');
      asked = '';
      const body = bodyOf(socket);
      const head = `HTTP/1.1 ${status}\r\n${closes ? 'Connection: close\r\n' : ''}Content-Length: ${body.length}\r\n\r\n`;
      socket.write(head + body);
      if (closes) socket.end();
    });
  };
}

/** The client that the endpoint sees, in the form of `herald echo`. */
export function seenBy({ remoteAddress, remotePort }: Socket): string {
  return `${JSON.stringify({ client: { address: remoteAddress, port: remotePort } })}\n`;
}
