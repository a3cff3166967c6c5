// New connections at a steady rate: `node clients-process.js IP PORT RATE`, until the message "end". Then one message: how they ended.
import { parseIp } from '../../src/address/ip.ts';
import { EPOLL, Epoll } from '../../src/linux/epoll.ts';
import { ERRNO } from '../../src/linux/errno.ts';
import { allocate } from '../../src/linux/memory.ts';
import { close, connectTcp, receive, reset, socketError, tcpSocket } from '../../src/linux/socket.ts';

/** Beyond it a SYN or its answer was sent again. */
const SLOW_MS = 900;
const PATIENCE_MS = 5000;
const BATCH = 256;

export interface Endings {
  readonly opened: number;
  readonly served: number;
  /** The kernel had said that they are connected. */
  readonly reset: number;
  readonly refused: number;
  /** No answer in time. */
  readonly silent: number;
  /** Of those served: how many took a second or more, as one whose SYN was dropped does. */
  readonly slow: number;
  readonly medianMs: number;
}

const ip = parseIp(process.argv[2]!)!;
const port = Number(process.argv[3]);
const rate = Number(process.argv[4]);
const epoll = new Epoll(BATCH);
const byte = allocate(1);
const since = new Map<number, number>();
const times: number[] = [];
const counts = { opened: 0, served: 0, reset: 0, refused: 0, silent: 0, slow: 0 };
let ends = false;
const start = performance.now();

function connect(now: number): void {
  const fd = tcpSocket(ip);
  counts.opened += 1;
  const result = connectTcp(fd, ip, port);
  if (result < 0 && result !== -ERRNO.EINPROGRESS) throw new Error(`cannot connect: errno ${-result}`);
  epoll.add(fd, EPOLL.IN | EPOLL.RDHUP);
  since.set(fd, now);
}

function ended(fd: number, now: number): void {
  const result = receive(fd, byte.address, 1);
  if (result === -ERRNO.EAGAIN) return;
  const error = result < 0 ? -result : socketError(fd);
  const ms = now - since.get(fd)!;
  since.delete(fd);
  if (result > 0) {
    counts.served += 1;
    times.push(ms);
    if (ms > SLOW_MS) counts.slow += 1;
    // Leaves no TIME_WAIT, which would run out of ports.
    reset(fd);
    return;
  }
  counts[error === ERRNO.ECONNREFUSED ? 'refused' : 'reset'] += 1;
  close(fd);
}

process.on('message', () => {
  ends = true;
});
process.on('disconnect', () => process.exit());

function turn(): void {
  const now = performance.now();
  if (!ends) for (let due = ((now - start) * rate) / 1000; counts.opened < due; ) connect(now);
  const count = epoll.wait(1);
  for (let at = 0; at < count; at++) ended(epoll.fdAt(at), performance.now());
  for (const [fd, at] of since) {
    if (now - at < PATIENCE_MS) break;
    since.delete(fd);
    counts.silent += 1;
    reset(fd);
  }
  if (!ends || since.size > 0) {
    setImmediate(turn);
    return;
  }
  times.sort((a, b) => a - b);
  const endings: Endings = { ...counts, medianMs: times[times.length >> 1] ?? Number.NaN };
  process.send!(endings, () => process.disconnect());
}
turn();
process.send!('started');
