// A listener of two that share a port: `node holder-process.js IP PORT`. Each client gets one byte, then the end of the stream.
// Messages: "open", "close", "quiet-close" and "cookie-close", each answered with itself and the number of clients so far.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseIp } from '../../src/address/ip.ts';
import { EPOLL, Epoll } from '../../src/linux/epoll.ts';
import { addressOf, declare } from '../../src/linux/libc.ts';
import { allocate } from '../../src/linux/memory.ts';
import {
  accept,
  bindTcp,
  close,
  listenOn,
  setNoDelay,
  setOnlyV6,
  setReuseAddress,
  setReusePort,
  tcpSocket,
  transmit,
} from '../../src/linux/socket.ts';

const BACKLOG = 4096;
/** So that messages are read and timers fire meanwhile. */
const MOST_TURN_MS = 1;
/** Below the second after which a client repeats its SYN: the repetition meets the socket that stays. */
const MOST_QUIET_MS = 500;
/** The state of a handshake in /proc/net/tcp. */
const SYN_RECV = '03';
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;

const setsockopt = declare('int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t length)');

const ip = parseIp(process.argv[2]!)!;
const port = Number(process.argv[3]);
const epoll = new Epoll(8);
const byte = allocate(1);
let listening = -1;
let clients = 0;

function open(): void {
  listening = tcpSocket(ip);
  setReuseAddress(listening);
  if (ip.length === 16) setOnlyV6(listening, true);
  setReusePort(listening);
  setNoDelay(listening);
  const result =
    bindTcp(listening, ip, port) || listenOn(listening, BACKLOG) || epoll.add(listening, EPOLL.IN);
  if (result < 0) throw new Error(`cannot listen: errno ${-result}`);
}

function acceptAll(): void {
  for (;;) {
    const fd = accept(listening);
    if (fd < 0) return;
    clients += 1;
    transmit(fd, byte.address, 1);
    close(fd);
  }
}

/** As an engine of Herald closes: the queue is served, then the socket is closed in the same turn. */
function leave(): void {
  epoll.remove(listening);
  acceptAll();
  close(listening);
  listening = -1;
}

/** Drops each SYN that the kernel hands to this socket. What else comes for its handshakes passes. */
function dropNewClients(): void {
  // Classic BPF over the TCP header: the byte at 13 has the flags, SYN is 0x02 and ACK 0x10.
  const steps = [
    [0x30, 0, 0, 13],
    [0x54, 0, 0, 0x12],
    [0x15, 0, 1, 0x02],
    [0x06, 0, 0, 0],
    [0x06, 0, 0, 0xffff_ffff],
  ] as const;
  const code = allocate(8 * steps.length);
  for (const [at, [operation, yes, no, value]] of steps.entries()) {
    code.view.setUint16(8 * at, operation, true);
    code.view.setUint8(8 * at + 2, yes);
    code.view.setUint8(8 * at + 3, no);
    code.view.setUint32(8 * at + 4, value, true);
  }
  const program = allocate(16);
  program.view.setUint16(0, steps.length, true);
  program.view.setBigUint64(8, BigInt(addressOf(code.bytes)), true);
  if (setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, program.address, 16) < 0)
    throw new Error('no filter can be attached');
}

/** Waits for the handshakes that have begun. */
async function leaveQuietly(): Promise<void> {
  await sleep(1);
  let begun = handshakes();
  for (const end = performance.now() + MOST_QUIET_MS; begun.size > 0 && performance.now() < end; ) {
    await sleep(1);
    const now = handshakes();
    begun = new Set([...begun].filter((client) => now.has(client)));
  }
  leave();
}

/** The clients with an unfinished handshake on the port, of this process and of the other: the kernel does not say whose they are. */
function handshakes(): ReadonlySet<string> {
  const lines = readFileSync(ip.length === 4 ? '/proc/self/net/tcp' : '/proc/self/net/tcp6', 'latin1').split(
    '\n',
  );
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return new Set(
    lines
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === SYN_RECV && local?.endsWith(suffix))
      .map(([, , client]) => client!),
  );
}

function answer(message: unknown): void {
  process.send!({ message, clients });
}

process.on('message', (message) => {
  if (message === 'open') open();
  if (message === 'close') leave();
  if (message === 'quiet-close' || message === 'cookie-close') {
    if (message === 'quiet-close') dropNewClients();
    // A queue of handshakes that counts as full: the kernel answers SYNs by cookies, and keeps nothing of them.
    else listenOn(listening, 0);
    void leaveQuietly().then(() => answer(message));
    return;
  }
  answer(message);
});
process.on('disconnect', () => process.exit());

function turn(): void {
  const count = epoll.wait(listening < 0 ? 0 : MOST_TURN_MS);
  if (count > 0 && listening >= 0) acceptAll();
  if (listening < 0) setTimeout(turn, MOST_TURN_MS);
  else setImmediate(turn);
}
turn();
