// ws: the server of HTTP is yours, so that it can be told before a WebSocket is upgraded on it.
import { createServer } from 'node:http';
import { acceptProxyProtocol } from 'herald-proxy/accept';
import { WebSocketServer } from 'ws';

const { PORT = '8080', TRUST = '127.0.0.1' } = process.env;

const server = createServer();
const sockets = new WebSocketServer({ server });
sockets.on('connection', (socket, request) => {
  socket.on('error', () => {});
  socket.send(JSON.stringify({ client: request.socket.remoteAddress }));
});

acceptProxyProtocol(server, { trust: TRUST.split(',') });
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
