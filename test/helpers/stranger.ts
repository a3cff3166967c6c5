import { connect } from 'node:net';

// A process of its own that connects to the unix socket of its first argument, and writes the second: how it was ended is what it prints.

const [path = '', words = ''] = process.argv.slice(2);
const socket = connect({ path, allowHalfOpen: true });
let answered = 0;
socket.on('connect', () => socket.write(words));
socket.on('data', (bytes) => {
  answered += bytes.length;
});
socket.on('error', (error: NodeJS.ErrnoException) => {
  console.log(error.code);
  process.exit();
});
socket.on('end', () => {
  console.log(`closed after ${answered} bytes`);
  process.exit();
});
