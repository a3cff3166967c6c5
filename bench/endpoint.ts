import { createServer } from 'node:net';

/**
 * The endpoint of the net benchmark: answers once with as many bytes as it got beyond the 28 of a v2
 * header for IPv4, and closes when its client has.
 *
 *     node dist/bench/endpoint.js PORT
 */
const HEADER_BYTES = 28;

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  let header = HEADER_BYTES;
  socket.on('data', (chunk) => {
    const skipped = Math.min(header, chunk.length);
    header -= skipped;
    if (chunk.length > skipped) socket.write(chunk.subarray(skipped));
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
