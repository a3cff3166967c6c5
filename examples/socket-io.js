// Socket.IO: `socket.handshake.address` is the client, over long polling and over WebSockets.
import { createServer } from 'node:http';
import { acceptProxyProtocol } from 'herald-proxy/accept';
import { Server } from 'socket.io';

const { PORT = '8080', TRUST = '127.0.0.1' } = process.env;

const server = createServer();
const io = new Server(server);
io.on('connection', (socket) => {
  socket.emit('you', { client: socket.handshake.address });
});

acceptProxyProtocol(server, { trust: TRUST.split(',') });
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
