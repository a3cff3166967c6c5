// Dials pods from addresses of clients, as Herald does with `--present transparent`. Standard input: a line of JSON for each order.
// Standard output: a line of JSON for each dial that ended, in its order.
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { formatIp, parseIp } from '../../../src/address/ip.ts';
import { ERRNO, errnoName } from '../../../src/linux/errno.ts';
import { bindTcp, close, connectTcp, setInt, setReuseAddress, tcpSocket } from '../../../src/linux/socket.ts';
import { setTransparent } from '../../../src/linux/transparent.ts';
import type { Dial, Dialed, Order } from './own-address-dialer.ts';

const kept: Socket[] = [];

const SOL_SOCKET = 1;
const SO_MARK = 36;

function open({ from, port, to, toPort, mark = 0 }: Dial): number {
  const [ip, pod] = [parseIp(from)!, parseIp(to)!];
  const fd = tcpSocket(ip);
  if (fd < 0) return fd;
  const results = [
    mark === 0 ? 0 : setInt(fd, SOL_SOCKET, SO_MARK, mark),
    setTransparent(fd, ip),
    setReuseAddress(fd),
    bindTcp(fd, ip, port),
    connectTcp(fd, pod, toPort),
  ];
  const failed = results.find((result) => result < 0 && result !== -ERRNO.EINPROGRESS);
  if (failed === undefined) return fd;
  close(fd);
  return failed;
}

/** `Socket` learns of the connection, or of its failure, by its first read. */
function dial(wanted: Dial, timeoutMs: number, keeps: boolean): Promise<Dialed> {
  return new Promise((resolve) => {
    const fd = open(wanted);
    if (fd < 0) return resolve({ end: errnoName(-fd) });
    const socket = new Socket({ fd, readable: true, writable: true });
    let text = '';
    const settle = (dialed: Dialed) => {
      clearTimeout(clock);
      if (keeps && dialed.end === 'answered') kept.push(socket);
      else socket.destroy();
      resolve(dialed);
    };
    const clock = setTimeout(() => settle({ end: 'timed out' }), timeoutMs);
    socket.on('error', ({ code = 'failed' }: NodeJS.ErrnoException) => settle({ end: code }));
    socket.on('end', () => settle({ end: 'not answered' }));
    socket.on('data', (chunk) => {
      text += chunk;
      if (!text.endsWith('\n')) return;
      const { pod, address, port } = JSON.parse(text);
      settle({ end: 'answered', pod, address: formatIp(parseIp(address)!), port });
    });
  });
}

/** What becomes of a line on each connection that was kept. */
async function talk(timeoutMs: number): Promise<readonly Dialed[]> {
  return Promise.all(
    kept.splice(0).map(
      (socket) =>
        new Promise<Dialed>((resolve) => {
          const settle = (end: string) => {
            clearTimeout(clock);
            socket.destroy();
            resolve({ end });
          };
          const clock = setTimeout(() => settle('timed out'), timeoutMs);
          socket.removeAllListeners();
          if (socket.readableEnded) return settle('ended');
          socket.on('error', ({ code = 'failed' }: NodeJS.ErrnoException) => settle(code));
          socket.on('end', () => settle('ended'));
          socket.on('data', () => settle('answered'));
          socket.write('line\n');
        }),
    ),
  );
}

function resetAfter(wanted: Dial, afterBytes: number): Promise<Dialed> {
  return new Promise((resolve) => {
    const fd = open(wanted);
    if (fd < 0) return resolve({ end: errnoName(-fd) });
    const socket = new Socket({ fd, readable: true, writable: true });
    let bytes = 0;
    socket.on('error', ({ code = 'failed' }: NodeJS.ErrnoException) => resolve({ end: code }));
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes >= afterBytes) {
        socket.resetAndDestroy();
        resolve({ end: 'reset' });
      }
    });
  });
}

for await (const line of createInterface(process.stdin)) {
  const order: Order = JSON.parse(line);
  if ('talkMs' in order) process.stdout.write(`${JSON.stringify(await talk(order.talkMs))}\n`);
  else if ('resets' in order) {
    const dialed: Dialed[] = [];
    for (const each of order.resets) dialed.push(await resetAfter(each, order.afterBytes));
    process.stdout.write(`${JSON.stringify(dialed)}\n`);
  } else {
    const { dials, timeoutMs, atOnce, keeps } = order;
    const dialed: Dialed[] = [];
    let next = 0;
    const lane = async () => {
      while (next < dials.length) {
        const at = next++;
        dialed[at] = await dial(dials[at]!, timeoutMs, keeps);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    process.stdout.write(`${JSON.stringify(dialed)}\n`);
  }
}
