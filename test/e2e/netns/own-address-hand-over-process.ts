// Sends bytes, and tells what comes back until the end, as hexadecimal. Arguments: `host:port`, the own port, the bytes as hexadecimal.
import { connect } from 'node:net';

const [to = '', own = '', bytes = ''] = process.argv.slice(2);
const [host, port] = to.split(':') as [string, string];
const socket = connect({ host, port: Number(port), localPort: Number(own) });
socket.on('data', (chunk) => process.stdout.write(chunk.toString('hex')));
socket.on('error', () => {});
socket.write(Buffer.from(bytes, 'hex'));
