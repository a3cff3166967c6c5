// A protocol of your own on node:net.
import { createServer } from 'node:net';
import { acceptProxyProtocol } from 'herald-proxy/accept';

const { PORT = '8025', TRUST = '127.0.0.1' } = process.env;

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.end(`${JSON.stringify({ client: socket.remoteAddress, port: socket.remotePort })}\n`);
});
acceptProxyProtocol(server, { trust: TRUST.split(',') });
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
