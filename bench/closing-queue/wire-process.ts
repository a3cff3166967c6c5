// A cable with a delay: `node wire-process.js NAME NAME RTT_MS` makes two network devices, and carries packets between them. Those
// towards the first wait for the round trip; those towards the second do not. For kernels without netem.
import { constants, openSync } from 'node:fs';
import { EPOLL, Epoll } from '../../src/linux/epoll.ts';
import { declare } from '../../src/linux/libc.ts';
import { allocate } from '../../src/linux/memory.ts';

/** include/uapi/linux/if_tun.h */
const TUNSETIFF = 0x4004_54ca;
const IFF_TUN = 1;
const IFF_NO_PI = 0x1000;
const MOST_BYTES = 2048;

const ioctl = declare('int ioctl(int fd, unsigned long request, uintptr_t value)');
const read = declare('int read(int fd, uintptr_t bytes, uintptr_t length)');
const write = declare('int write(int fd, uintptr_t bytes, uintptr_t length)');

const [first, second, rtt] = process.argv.slice(2);
const rttMs = Number(rtt);
const packet = allocate(MOST_BYTES);
const [toClients, toNode] = [device(first!), device(second!)];
const waiting: { readonly due: number; readonly bytes: Uint8Array }[] = [];
const epoll = new Epoll(2);
epoll.add(toClients, EPOLL.IN);
epoll.add(toNode, EPOLL.IN);

function device(name: string): number {
  const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
  const request = allocate(40);
  new TextEncoder().encodeInto(name, request.bytes);
  request.view.setUint16(16, IFF_TUN | IFF_NO_PI, true);
  if (ioctl(fd, TUNSETIFF, request.address) < 0) throw new Error(`cannot make ${name}`);
  return fd;
}

/** The next packet of a device; 0 bytes if none waits. */
function next(fd: number): Uint8Array {
  return packet.bytes.subarray(0, Math.max(read(fd, packet.address, MOST_BYTES), 0));
}

function turn(): void {
  epoll.wait(1);
  for (let bytes = next(toClients); bytes.length > 0; bytes = next(toClients))
    write(toNode, packet.address, bytes.length);
  const due = performance.now() + rttMs;
  for (let bytes = next(toNode); bytes.length > 0; bytes = next(toNode))
    waiting.push({ due, bytes: bytes.slice() });
  const now = performance.now();
  let sent = 0;
  for (; sent < waiting.length && waiting[sent]!.due <= now; sent++) {
    const { bytes } = waiting[sent]!;
    packet.bytes.set(bytes);
    write(toClients, packet.address, bytes.length);
  }
  waiting.splice(0, sent);
  setImmediate(turn);
}
process.on('disconnect', () => process.exit());
turn();
process.send!('made');
