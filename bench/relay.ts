import { connect, createServer } from 'node:net';

/**
 * The baseline for the `net` engine: a minimal relay on node:net. It sends a header of fixed bytes, then pipes both
 * ways. It has no limits, no timeouts and no close reasons, and a single failed peer ends the process.
 *
 *     node dist/bench/relay.js LISTEN_PORT ENDPOINT_PORT
 */
const [listen, to] = process.argv.slice(2).map(Number);
// PROXY, INET, STREAM, 12 bytes: 127.0.0.1:1 → 127.0.0.1:2 (spec §2.2).
const HEADER = Buffer.from('0d0a0d0a000d0a515549540a2111000c7f0000017f00000100010002', 'hex');

createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const endpoint = connect({ host: '127.0.0.1', port: to!, allowHalfOpen: true, noDelay: true });
  endpoint.write(HEADER);
  client.pipe(endpoint);
  endpoint.pipe(client);
  client.on('error', () => endpoint.destroy());
  endpoint.on('error', () => client.destroy());
}).listen(listen, '127.0.0.1', () => console.log('listening'));
