import { connect } from 'node:net';

// A client in another network namespace: `host:port`, bytes as hexadecimal, and the address to come from. It says
// how the connection ended and what was told, as one line of JSON.
const [to = '', hex = '', from = ''] = process.argv.slice(2);
const colon = to.lastIndexOf(':');
const host = to.slice(0, colon).replace(/[[\]]/g, '');
const socket = connect({
  host,
  port: Number(to.slice(colon + 1)),
  ...(from === '' ? {} : { localAddress: from }),
});
let text = '';
const end = (ending: 'fin' | 'reset') => {
  process.stdout.write(`${JSON.stringify({ ending, text })}\n`);
  socket.destroy();
};
socket.setEncoding('latin1').on('data', (chunk) => {
  text += chunk;
});
socket.on('end', () => end('fin'));
socket.on('error', ({ message }) => {
  if (!message.includes('ECONNRESET')) throw new Error(message);
  end('reset');
});
socket.write(Buffer.from(hex, 'hex'));
