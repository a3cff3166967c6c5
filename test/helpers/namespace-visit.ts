import { connect } from 'node:net';

// Clients in another network namespace, one after the other. Each is three arguments: `host:port`, bytes as
// hexadecimal, and the address to come from. How each connection ended and what was told is one line of JSON.
const args = process.argv.slice(2);
for (let at = 0; at < args.length; at += 3) {
  process.stdout.write(`${JSON.stringify(await visit(args[at]!, args[at + 1]!, args[at + 2]!))}\n`);
}

function visit(to: string, hex: string, from: string): Promise<{ ending: 'fin' | 'reset'; text: string }> {
  const colon = to.lastIndexOf(':');
  const address = { host: to.slice(0, colon).replace(/[[\]]/g, ''), port: Number(to.slice(colon + 1)) };
  const socket = connect(from === '' ? address : { ...address, localAddress: from });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(Buffer.from(hex, 'hex'));
  return new Promise((resolve, reject) => {
    const end = (ending: 'fin' | 'reset') => {
      socket.destroy();
      resolve({ ending, text });
    };
    socket.on('end', () => end('fin'));
    socket.on('error', (error) => (error.message.includes('ECONNRESET') ? end('reset') : reject(error)));
  });
}
