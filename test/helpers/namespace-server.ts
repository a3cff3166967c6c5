import { type AddressInfo, createServer } from 'node:net';

// An ordinary server in another network namespace, on the addresses that it is given: it says whom it sees, and ends.
// Its first line names its ports, in their order.
const servers = process.argv.slice(2).map((host) => {
  return createServer((socket) => {
    socket.on('error', () => {});
    const { remoteAddress: address, remotePort: port } = socket;
    const seen = JSON.stringify({ address, port });
    process.stdout.write(`${seen}\n`);
    socket.end(seen);
  }).listen(0, host);
});
await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
process.stdout.write(`ports ${servers.map((server) => (server.address() as AddressInfo).port).join(' ')}\n`);
