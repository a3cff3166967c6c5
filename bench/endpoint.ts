import { writeSync } from 'node:fs';
import { EPOLL, Epoll } from '../src/linux/epoll.ts';
import { ERRNO } from '../src/linux/errno.ts';
import { allocate, type Memory } from '../src/linux/memory.ts';
import {
  accept,
  bindTcp,
  close,
  listenOn,
  localAddress,
  receive,
  setNoDelay,
  tcpSocket,
  transmit,
} from '../src/linux/socket.ts';
import { parseHeader } from '../src/wire/index.ts';
import { type Counts, LARGE_BYTES, WORKS, type Work } from './ports.ts';

/**
 * The endpoint behind every contender: takes a header of either version off, counts it, and does what its port is
 * for (`ports.ts`). It calls the kernel directly. On a machine with two processors, an endpoint on node:net is slower
 * than most of the proxies in front of it, which would then be idle most of the time. It listens on every address of the
 * machine: as 127.x.y.z it is 10,000 endpoints.
 *
 *     node dist/bench/endpoint.js      prints its ports as JSON
 */
interface Connection {
  readonly work: Work;
  /** Whether its header has been taken off and counted. */
  isOpen: boolean;
  /** Bytes of an incomplete header or request. */
  part: Uint8Array | null;
  /** Bytes of the answer that are still to be sent. */
  left: number;
  keeps: boolean;
}

const ANY = new Uint8Array(4);
const BACKLOG = 4096;
const BATCH = 256;
const WAIT_MS = 1000;
/** The longest possible header: 16 + 65,535 bytes. */
const HEADER = { maxHeaderBytes: 65_551 };
const GREETING_BYTES = 64;
const POURED_BYTES = 256 * 1024;
const CLOSES = 'Connection: close';
const END = '\r\n\r\n';

const input = allocate(256 * 1024);
const poured = allocate(POURED_BYTES);
const kept = textMemory(`HTTP/1.1 200 OK\r\nContent-Length: 6${END}hello\n`);
const last = textMemory(`HTTP/1.1 200 OK\r\nContent-Length: 6\r\n${CLOSES}${END}hello\n`);
const large = textMemory(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE_BYTES}${END}`);
const greeting = textMemory('.'.repeat(GREETING_BYTES));
const counts = { none: 0, v1: 0, v2: 0, invalid: 0, answers: 0, sunk: 0 } satisfies Counts;
const connections: (Connection | undefined)[] = [];
const listeners = new Map<number, Work>();
const epoll = new Epoll(BATCH);
const parent = process.ppid;

function textMemory(text: string): Memory {
  const memory = allocate(text.length);
  memory.bytes.set(Buffer.from(text));
  return memory;
}

function listen(work: Work): number {
  const listener = tcpSocket(ANY);
  setNoDelay(listener);
  const failed = Math.min(bindTcp(listener, ANY, 0), listenOn(listener, BACKLOG));
  if (failed < 0) throw new Error(`the endpoint can not listen: errno ${-failed}`);
  epoll.add(listener, EPOLL.IN);
  listeners.set(listener, work);
  return localAddress(listener)!.port;
}

function acceptAll(listener: number, work: Work): void {
  for (;;) {
    const fd = accept(listener);
    if (fd === -ERRNO.EAGAIN) return;
    if (fd < 0) continue;
    if (work === 'counts') {
      const text = textMemory(JSON.stringify(counts));
      transmit(fd, text.address, text.bytes.length);
      close(fd);
      continue;
    }
    connections[fd] = { work, isOpen: false, part: null, left: 0, keeps: true };
    epoll.add(fd, EPOLL.IN);
  }
}

function drop(fd: number): void {
  connections[fd] = undefined;
  close(fd);
}

function read(fd: number, connection: Connection): void {
  const count = receive(fd, input.address, input.bytes.length);
  if (count === -ERRNO.EAGAIN || count === -ERRNO.EINTR) return;
  if (count <= 0) {
    drop(fd);
    return;
  }
  const came = input.bytes.subarray(0, count);
  let bytes = connection.part === null ? came : new Uint8Array([...connection.part, ...came]);
  connection.part = null;
  if (!connection.isOpen) {
    const result = parseHeader(bytes, HEADER);
    if (result.status === 'incomplete') {
      connection.part = bytes.slice();
      return;
    }
    if (result.status === 'invalid') {
      counts.invalid++;
      drop(fd);
      return;
    }
    connection.isOpen = true;
    if (result.status === 'absent') counts.none++;
    else {
      counts[result.header.version === 1 ? 'v1' : 'v2']++;
      bytes = bytes.subarray(result.length);
    }
    if (connection.work === 'greet') say(fd, greeting);
  }
  if (connection.work === 'sink') counts.sunk += bytes.length;
  else if (connection.work !== 'greet' && bytes.length > 0) ask(fd, connection, bytes);
}

/** Reads a request; clients never pipeline. */
function ask(fd: number, connection: Connection, bytes: Uint8Array): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (text.toString('latin1', bytes.length - END.length) !== END) {
    connection.part = bytes.slice();
    return;
  }
  connection.keeps = text.indexOf(CLOSES, 0, 'latin1') < 0;
  if (connection.work !== 'large') {
    if (!say(fd, connection.keeps ? kept : last) || !connection.keeps) drop(fd);
    return;
  }
  if (transmit(fd, large.address, large.bytes.length, true) !== large.bytes.length) {
    drop(fd);
    return;
  }
  connection.left = LARGE_BYTES;
  epoll.remove(fd);
  epoll.add(fd, EPOLL.OUT);
}

/** Whether all of it was sent. */
function say(fd: number, { address, bytes }: Memory): boolean {
  if (transmit(fd, address, bytes.length) !== bytes.length) return false;
  counts.answers++;
  return true;
}

function pour(fd: number, connection: Connection): void {
  while (connection.left > 0) {
    const count = transmit(fd, poured.address, Math.min(connection.left, POURED_BYTES));
    if (count === -ERRNO.EAGAIN || count === -ERRNO.EINTR) return;
    if (count < 0) {
      drop(fd);
      return;
    }
    connection.left -= count;
  }
  counts.answers++;
  epoll.remove(fd);
  epoll.add(fd, EPOLL.IN);
}

const ports = WORKS.map((work) => [work, listen(work)] as const);
writeSync(1, `${JSON.stringify(Object.fromEntries(ports))}\n`);

for (;;) {
  const count = epoll.wait(WAIT_MS);
  // This loop never returns to Node's, so the end of the parent process has to be polled for.
  if (count === 0 && process.ppid !== parent) process.exit(1);
  for (let index = 0; index < count; index++) {
    const fd = epoll.fdAt(index);
    const connection = connections[fd];
    const work = listeners.get(fd);
    if (work !== undefined) acceptAll(fd, work);
    else if (connection === undefined) continue;
    else if (connection.left > 0) pour(fd, connection);
    else read(fd, connection);
  }
}
