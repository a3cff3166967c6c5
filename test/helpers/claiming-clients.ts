import { connect, type Socket } from 'node:net';

// Connections to a Herald on 127.0.0.1, each of which claims to be another port of one of these addresses. Arguments: Herald's port, how
// many of each address, the addresses. `open`: all have been sent something. Then each line of standard input is done to all of
// them: `say` sends a byte, `reset` resets.
const [port, count, ...addresses] = process.argv.slice(2);
const sockets = addresses.flatMap((address) =>
  Array.from({ length: Number(count) }, (_, at) => {
    const pair = address.includes(':') ? `TCP6 ${address} 2001:db8::1` : `TCP4 ${address} 198.51.100.1`;
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
    socket.write(`PROXY ${pair} ${20_000 + at} 443\r\n`);
    return socket;
  }),
);
await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve))));
process.stdout.write('open\n');
const ACTIONS: { readonly [line: string]: (socket: Socket) => unknown } = {
  say: (socket) => socket.write('x'),
  reset: (socket) => socket.resetAndDestroy(),
};
process.stdin.setEncoding('latin1').on('data', (text) => {
  for (const line of String(text).split('\n').filter(Boolean)) sockets.forEach(ACTIONS[line]!);
});
