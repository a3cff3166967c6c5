import type { ExecutionContext } from 'ava';
import type { Memory } from '../../src/linux/memory.ts';
import { fromLinux } from './on-linux.ts';

const { EPOLL, Epoll } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { errnoName } = await fromLinux(() => import('../../src/linux/errno.ts'));
const { allocate, free } = await fromLinux(() => import('../../src/linux/memory.ts'));
const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

export const LOOPBACK = new Uint8Array([127, 0, 0, 1]);
export const LOOPBACK_V6 = new Uint8Array(16).fill(1, 15);
/** More than anything here takes: what is waited for longer does not come. */
const PATIENCE_MS = 10_000;

/**
 * Raw sockets of one test, or of many. What is not closed before is closed in the end, and no number is
 * closed twice.
 */
export class Sockets {
  readonly #open = new Set<number>();

  constructor(t?: ExecutionContext) {
    t?.teardown(() => this.closeAll());
  }

  closeAll(): void {
    for (const fd of [...this.#open]) this.close(fd);
  }

  /** Takes a descriptor over; throws where the result that should have been one is an errno. */
  keep(result: number): number {
    must(result);
    if (this.#open.has(result)) throw new Error(`descriptor ${result} is open already`);
    this.#open.add(result);
    return result;
  }

  /** The test has closed it, or somebody else will. */
  release(fd: number): number {
    if (!this.#open.delete(fd)) throw new Error(`descriptor ${fd} is not open`);
    return fd;
  }

  close(fd: number): void {
    must(socket.close(this.release(fd)));
  }

  reset(fd: number): void {
    must(socket.reset(this.release(fd)));
  }

  /** A listener of loopback, at a port that the kernel chose. */
  listener(ip = LOOPBACK, backlog = 8): { readonly fd: number; readonly port: number } {
    const fd = this.keep(socket.tcpSocket(ip));
    must(socket.bindTcp(fd, ip, 0));
    must(socket.listenOn(fd, backlog));
    return { fd, port: socket.localAddress(fd)!.port };
  }

  /** A connection that is under way, or has come about already. */
  dial(port: number, ip = LOOPBACK): number {
    const fd = this.keep(socket.tcpSocket(ip));
    const result = socket.connectTcp(fd, ip, port);
    if (errnoName(-result) !== 'EINPROGRESS') must(result);
    return fd;
  }

  /** The next connection of a listener, which waits for it. */
  accept(listener: number): number {
    until(listener, EPOLL.IN);
    return this.keep(socket.accept(listener));
  }

  /** Both ends of a connection. */
  pair(): { readonly client: number; readonly served: number } {
    const { fd, port } = this.listener();
    const client = this.dial(port);
    const served = this.accept(fd);
    until(client, EPOLL.OUT);
    this.close(fd);
    return { client, served };
  }
}

/** Blocks until one of these events (or an error) is there, and gives the mask. */
export function until(fd: number, events: number): number {
  const epoll = new Epoll(1);
  try {
    must(epoll.add(fd, events));
    if (epoll.wait(PATIENCE_MS) !== 1) throw new Error(`nothing happens to descriptor ${fd}`);
    return epoll.eventsAt(0);
  } finally {
    epoll.close();
  }
}

/** Bytes where the kernel can read them. */
export function memoryOf(bytes: string | Uint8Array): Memory {
  const given = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  const memory = allocate(given.length);
  memory.bytes.set(given);
  return memory;
}

/** Sends all of it; the other end has room. */
export function send(fd: number, bytes: string | Uint8Array): void {
  const memory = memoryOf(bytes);
  const given = memory.bytes;
  const sent = socket.transmit(fd, memory.address, given.length);
  free(memory);
  if (sent !== given.length) throw new Error(`${sent} of ${given.length} bytes sent`);
}

/** What the next read gives: text, or a result of 0 or less. Waits until there is one. */
export function receive(fd: number, most = 65_536): string | number {
  until(fd, EPOLL.IN);
  const memory = allocate(most);
  const count = socket.receive(fd, memory.address, most);
  free(memory);
  return count > 0 ? new TextDecoder('latin1').decode(memory.bytes.subarray(0, count)) : count;
}

function must(result: number): void {
  if (result < 0) throw new Error(errnoName(-result));
}
