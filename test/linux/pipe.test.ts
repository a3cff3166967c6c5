import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import type { ExecutionContext } from 'ava';
import { fromLinux, LINUX, leavesNothingOpen, onLinux } from './on-linux.ts';
import { memoryOf, receive, Sockets, send, until } from './sockets.ts';

const { EPOLL } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { allocate } = await fromLinux(() => import('../../src/linux/memory.ts'));
const { openPipe, splice, widenPipe } = await fromLinux(() => import('../../src/linux/pipe.ts'));
const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

leavesNothingOpen();

const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));
const write = LINUX ? declare('int write(int fd, uintptr_t bytes, uintptr_t length)') : () => 0;

const { errno } = constants as { errno: { readonly [name: string]: number } };

/** What an empty pipe holds: 16 pages. */
const PIPE_BYTES = 65_536;

/** Two connections with a pipe between them: what `in` sends goes to `out`. */
function between(t: ExecutionContext) {
  const sockets = new Sockets(t);
  const pipe = openPipe();
  if (typeof pipe === 'number') throw new Error('no pipe');
  sockets.keep(pipe.read);
  sockets.keep(pipe.write);
  const first = sockets.pair();
  const second = sockets.pair();
  return { sockets, pipe, in: first.client, from: first.served, to: second.client, out: second.served };
}

onLinux('bytes go from socket to socket through a pipe, all of them, in their order', (t) => {
  const { pipe, from, to, out, ...rest } = between(t);
  const bytes = randomBytes(1 << 20);
  const { address } = memoryOf(bytes);
  const room = allocate(1 << 20);
  let sent = 0;
  let piped = 0;
  let moved = 0;
  let received = 0;
  for (let round = 0; received < bytes.length; round++) {
    if (round > 1_000_000) throw new Error(`nothing moves after ${received} bytes`);
    const took = sent < bytes.length ? socket.transmit(rest.in, address + sent, bytes.length - sent) : 0;
    if (took > 0) sent += took;
    const taken = piped === 0 ? splice(from, pipe.write, 1 << 20) : 0;
    if (taken > 0) piped += taken;
    const given = piped > 0 ? splice(pipe.read, to, piped) : 0;
    if (given > 0) {
      piped -= given;
      moved += given;
    }
    const came = socket.receive(out, room.address + received, room.bytes.length - received);
    if (came > 0) received += came;
  }
  t.is(moved, bytes.length);
  t.true(bytes.equals(room.bytes));
});

onLinux('a socket that has nothing is EAGAIN, one at its end is 0', (t) => {
  const { pipe, from, ...rest } = between(t);
  t.is(splice(from, pipe.write, 1024), -errno.EAGAIN!);
  send(rest.in, 'last');
  until(from, EPOLL.IN);
  t.is(splice(from, pipe.write, 1024), 4);
  t.is(socket.endStream(rest.in), 0);
  until(from, EPOLL.RDHUP);
  t.is(splice(from, pipe.write, 1024), 0);
});

onLinux('an empty pipe, and a full one, are EAGAIN', (t) => {
  const { pipe, from, to, ...rest } = between(t);
  t.is(splice(pipe.read, to, 1024), -errno.EAGAIN!);
  const block = memoryOf(new Uint8Array(PIPE_BYTES));
  let result = 0;
  for (let piped = 0; piped <= 16 * PIPE_BYTES; piped += Math.max(result, 0)) {
    socket.transmit(rest.in, block.address, block.bytes.length);
    until(from, EPOLL.IN);
    result = splice(from, pipe.write, PIPE_BYTES);
    if (result < 0) break;
  }
  t.is(result, -errno.EAGAIN!);
});

onLinux('a wide pipe holds as much more, and one that may not be so wide stays as it was', (t) => {
  const { pipe } = between(t);
  t.is(widenPipe(pipe, 1 << 20), 1 << 20);
  t.true(widenPipe(pipe, 0x7fffffff) < 0);
  const block = memoryOf(new Uint8Array(PIPE_BYTES));
  let held = 0;
  for (let wrote = 1; wrote > 0; held += Math.max(wrote, 0)) {
    wrote = write(pipe.write, block.address, block.bytes.length);
  }
  t.is(held, 1 << 20);
});

onLinux('a splice takes no more than it was asked for', (t) => {
  const { pipe, from, to, out, ...rest } = between(t);
  send(rest.in, 'abcdef');
  until(from, EPOLL.IN);
  t.is(splice(from, pipe.write, 4), 4);
  t.is(splice(pipe.read, to, 3), 3);
  t.is(receive(out), 'abc');
  t.is(splice(pipe.read, to, 100), 1);
  t.is(receive(out), 'd');
  t.is(receive(from), 'ef');
});

onLinux('a socket that was reset is ECONNRESET to read from, EPIPE to write to', (t) => {
  const { sockets, pipe, from, to, out, ...rest } = between(t);
  send(rest.in, 'x');
  until(from, EPOLL.IN);
  t.is(splice(from, pipe.write, 1), 1);
  sockets.reset(rest.in);
  until(from, EPOLL.RDHUP);
  t.is(splice(from, pipe.write, 1), -errno.ECONNRESET!);
  sockets.reset(out);
  until(to, EPOLL.RDHUP);
  // The error itself is told once, as for a send; then the pipe is broken for good.
  const results = [splice(pipe.read, to, 1), splice(pipe.read, to, 1)];
  t.true(
    results.every((result) => result === -errno.EPIPE! || result === -errno.ECONNRESET!),
    `${results}`,
  );
  t.is(results[1], -errno.EPIPE!);
});

onLinux('two sockets without a pipe between them are EINVAL, a descriptor that is not open EBADF', (t) => {
  const { sockets, pipe, from, to } = between(t);
  t.is(splice(from, to, 1), -errno.EINVAL!);
  sockets.close(pipe.write);
  t.is(splice(from, pipe.write, 1), -errno.EBADF!);
});
