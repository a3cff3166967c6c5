import { writeSync } from 'node:fs';
import { EPOLL, Epoll } from '../src/linux/epoll.ts';
import { ERRNO } from '../src/linux/errno.ts';
import { allocate } from '../src/linux/memory.ts';
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
import { COUNTERS, COUNTERS_AT, KIND, POUR_AT, REQUEST_BYTES } from './request.ts';

/**
 * The endpoint behind every contender: takes a header of either version off, counts it, and does what the
 * request says (`request.ts`). It calls the kernel directly, for on a machine of two processors an endpoint
 * on node:net is slower than most of the proxies before it, and they would be measured half asleep.
 *
 *     node dist/bench/endpoint.js      prints the port that it listens on
 */
interface Connection {
  /** The index in COUNTERS of the header that came; -1 until that is known. */
  header: number;
  asked: boolean;
  /** Bytes of a header or of a request that is not whole yet. */
  part: Uint8Array | null;
  left: number;
}

const LOOPBACK = new Uint8Array([127, 0, 0, 1]);
const BACKLOG = 4096;
const BATCH = 256;
const WAIT_MS = 1000;
/** The longest header there is: 16 + 65,535 bytes. */
const HEADER = { maxHeaderBytes: 65_551 };

const input = allocate(128 * 1024);
const answer = allocate(REQUEST_BYTES);
const poured = allocate(256 * 1024);
const counts = new Float64Array(COUNTERS.length);
const connections: (Connection | undefined)[] = [];
const epoll = new Epoll(BATCH);
const parent = process.ppid;

function acceptAll(listener: number): void {
  for (;;) {
    const fd = accept(listener);
    if (fd === -ERRNO.EAGAIN) return;
    if (fd < 0) continue;
    connections[fd] = { header: -1, asked: false, part: null, left: 0 };
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
  if (connection.header < 0) {
    const result = parseHeader(bytes, HEADER);
    if (result.status === 'incomplete') {
      connection.part = bytes.slice();
      return;
    }
    if (result.status === 'invalid') {
      counts[COUNTERS.indexOf('invalid')]! += 1;
      drop(fd);
      return;
    }
    connection.header = result.status === 'absent' ? 0 : result.header.version;
    if (result.status === 'header') bytes = bytes.subarray(result.length);
  }
  if (bytes.length >= REQUEST_BYTES) obey(fd, connection, bytes.subarray(0, REQUEST_BYTES));
  else if (bytes.length > 0) connection.part = bytes.slice();
}

function obey(fd: number, connection: Connection, request: Uint8Array): void {
  const kind = request[0];
  answer.bytes.set(request);
  if (kind === KIND.COUNT) {
    counts.forEach((count, index) => {
      answer.view.setFloat64(COUNTERS_AT + 8 * index, count, true);
    });
  } else if (!connection.asked) {
    connection.asked = true;
    counts[connection.header]! += 1;
  }
  if (kind === KIND.POUR) {
    connection.left = answer.view.getFloat64(POUR_AT, true);
    epoll.remove(fd);
    epoll.add(fd, EPOLL.OUT);
  } else if (transmit(fd, answer.address, REQUEST_BYTES) !== REQUEST_BYTES || kind !== KIND.KEEP) drop(fd);
}

function pour(fd: number, connection: Connection): void {
  while (connection.left > 0) {
    const count = transmit(fd, poured.address, Math.min(connection.left, poured.bytes.length));
    if (count === -ERRNO.EAGAIN || count === -ERRNO.EINTR) return;
    if (count < 0) break;
    connection.left -= count;
  }
  drop(fd);
}

const listener = tcpSocket(LOOPBACK);
setNoDelay(listener);
const failed = Math.min(bindTcp(listener, LOOPBACK, 0), listenOn(listener, BACKLOG));
if (failed < 0) throw new Error(`the endpoint can not listen: errno ${-failed}`);
epoll.add(listener, EPOLL.IN);
writeSync(1, `${localAddress(listener)!.port}\n`);

for (;;) {
  const count = epoll.wait(WAIT_MS);
  // This loop never turns Node's own, so nothing else tells that who started it is gone.
  if (count === 0 && process.ppid !== parent) process.exit(1);
  for (let index = 0; index < count; index++) {
    const fd = epoll.fdAt(index);
    const connection = connections[fd];
    if (fd === listener) acceptAll(listener);
    else if (connection === undefined) continue;
    else if (connection.left > 0) pour(fd, connection);
    else read(fd, connection);
  }
}
