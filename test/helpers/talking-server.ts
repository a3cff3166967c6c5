import { type AddressInfo, createServer, type Socket } from 'node:net';

// A server in another network namespace, on the addresses that it is given. It sends a byte to whoever connects, and one to each at each
// line of standard input. Its first line names its ports, in their order.
const sockets: Socket[] = [];
const servers = process.argv.slice(2).map((host) =>
  createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).resume();
    socket.write('x');
  }).listen(0, host),
);
await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
process.stdout.write(`ports ${servers.map((server) => (server.address() as AddressInfo).port).join(' ')}\n`);
process.stdin.on('data', () => {
  for (const socket of sockets) socket.write('x');
});
