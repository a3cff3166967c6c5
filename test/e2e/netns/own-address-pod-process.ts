// The application in a pod: tells each connection who it is and whom it saw, address and port, and ends it. On `KEPT_PORT` it does
// not end it, and sends back what it hears; on `FLOOD_PORT` it sends without end. Arguments: its name and its addresses. Standard output: a line when it is open.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { FLOOD_PORT, KEPT_PORT, POD_PORT } from './own-address-plan.ts';

const [name, ...addresses] = process.argv.slice(2) as [string, ...string[]];
const FLOOD = Buffer.alloc(65_536, 'x');

function answer(socket: Socket): void {
  socket.on('error', () => {});
  socket.write(`${JSON.stringify({ pod: name, address: socket.remoteAddress, port: socket.remotePort })}\n`);
  if (socket.localPort === POD_PORT) socket.end();
  else if (socket.localPort === FLOOD_PORT) flood(socket);
  else socket.on('data', (chunk) => socket.write(chunk)).on('end', () => socket.end());
}

function flood(socket: Socket): void {
  socket.write(FLOOD, (error) => {
    if (!error) flood(socket);
  });
}

for (const address of addresses) {
  for (const port of [POD_PORT, KEPT_PORT, FLOOD_PORT]) {
    const server = createServer({ allowHalfOpen: true }, answer).listen({
      port,
      host: address,
      backlog: 4096,
    });
    await once(server, 'listening');
  }
}
process.stdout.write('open\n');
