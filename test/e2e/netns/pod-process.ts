// The application in a pod: tells each connection who it is and whom it saw. Port 9000 is for those who come as
// they are, port 9001 for those who are announced by a PROXY header. Standard output: a line when both are open.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { acceptProxyProtocol } from '../../../src/index.ts';

const [address, trust] = process.argv.slice(2) as [string, string];

async function open(server: Server, port: number): Promise<void> {
  server.listen(port, address);
  await once(server, 'listening');
}

function answer(socket: Socket): void {
  socket.on('error', () => {});
  socket.end(`${JSON.stringify({ pod: address, saw: socket.remoteAddress })}\n`);
}

const announced = createServer(answer);
acceptProxyProtocol(announced, { trust: [trust] });
await Promise.all([open(createServer(answer), 9000), open(announced, 9001)]);
process.stdout.write('open\n');
