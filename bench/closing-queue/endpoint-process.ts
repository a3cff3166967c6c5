// The endpoint behind a Herald of this measurement: one byte for each connection. `node endpoint-process.js PORT`
import { createServer } from 'node:net';

createServer((socket) => {
  socket.on('error', () => {});
  socket.end('.');
}).listen(Number(process.argv[2]), '127.0.0.1', () => process.send!('open'));
process.on('disconnect', () => process.exit());
