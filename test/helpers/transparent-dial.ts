import { Socket } from 'node:net';
import { parseIp } from '../../src/address/ip.ts';
import { bindTcp, connectTcp, tcpSocket } from '../../src/linux/socket.ts';
import { setDialMark, setTransparent } from '../../src/linux/transparent.ts';

// A client that comes from an address of somebody else, in another network namespace. Arguments: that address, the server's address and
// port, and after how many milliseconds it gives up. What it was told is a line of JSON, or null if nothing came.
const [from, to, port, withinMs] = process.argv.slice(2);
const [source, target] = [parseIp(from!)!, parseIp(to!)!];
const fd = tcpSocket(source);
const results = [
  setTransparent(fd, source),
  setDialMark(fd),
  bindTcp(fd, source, 0),
  connectTcp(fd, target, Number(port)),
];
// EINPROGRESS
if (fd < 0 || results.some((result) => result < 0 && result !== -115)) throw new Error(`${fd} ${results}`);
const socket = new Socket({ fd });
let text = '';
socket.setEncoding('latin1').on('data', (chunk) => {
  text += chunk;
});
const timer = setTimeout(() => socket.destroy(), Number(withinMs));
socket.on('error', () => {});
socket.on('end', () => socket.destroy());
socket.on('close', () => {
  clearTimeout(timer);
  process.stdout.write(`${text === '' ? 'null' : text}\n`);
});
