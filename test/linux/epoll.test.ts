import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { ExecutionContext } from 'ava';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { memoryOf, receive, Sockets, send } from './sockets.ts';

const { EPOLL, Epoll } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { openEventfd, raise } = await fromLinux(() => import('../../src/linux/eventfd.ts'));
const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));
const {
  close,
  endStream,
  listenOn,
  receive: receiveInto,
} = await fromLinux(() => import('../../src/linux/socket.ts'));

leavesNothingOpen();

const { errno } = constants as { errno: { readonly [name: string]: number } };

/** A set, and sockets to put into it. */
function setOf(t: ExecutionContext, most = 8) {
  const sockets = new Sockets(t);
  const epoll = new Epoll(most);
  sockets.keep(epoll.fd);
  return { sockets, epoll };
}

/** What a session watches: once, for its whole life. */
const watched = () => EPOLL.IN | EPOLL.OUT | EPOLL.RDHUP | EPOLL.ET;

onLinux('edge-triggered, bytes are told once, though nobody reads them, and again when more come', (t) => {
  const { sockets, epoll } = setOf(t);
  const { client, served } = sockets.pair();
  t.is(epoll.add(served, watched()), 0);
  t.is(epoll.wait(0), 1);
  t.is(epoll.eventsAt(0), EPOLL.OUT);
  t.is(epoll.wait(0), 0);
  for (const bytes of ['first', 'second']) {
    send(client, bytes);
    t.is(epoll.wait(5000), 1);
    t.is(epoll.fdAt(0), served);
    t.is(epoll.eventsAt(0), EPOLL.IN | EPOLL.OUT);
    t.is(epoll.wait(0), 0);
  }
  t.is(receive(served), 'firstsecond');
});

onLinux('level-triggered, bytes are told until they are read', (t) => {
  const { sockets, epoll } = setOf(t);
  const { client, served } = sockets.pair();
  t.is(epoll.add(served, EPOLL.IN), 0);
  send(client, 'x');
  for (let time = 0; time < 3; time++) {
    t.is(epoll.wait(5000), 1);
    t.is(epoll.eventsAt(0), EPOLL.IN);
  }
  t.is(receive(served), 'x');
  t.is(epoll.wait(0), 0);
});

onLinux('a full peer that reads again is told as OUT, once', (t) => {
  const { sockets, epoll } = setOf(t);
  const { client, served } = sockets.pair();
  const block = memoryOf(new Uint8Array(1 << 20));
  const transmit = declare('intptr_t send(int fd, uintptr_t bytes, uintptr_t length, int flags)');
  t.is(epoll.add(client, watched()), 0);
  t.is(epoll.wait(0), 1);
  // MSG_NOSIGNAL
  while (transmit(client, block.address, block.bytes.length, 0x4000) > 0);
  t.is(epoll.wait(0), 0);
  while (receiveInto(served, block.address, block.bytes.length) > 0);
  t.is(epoll.wait(5000), 1);
  t.is(epoll.eventsAt(0), EPOLL.OUT);
  t.is(epoll.wait(0), 0);
});

onLinux('the end of a stream is RDHUP, told once', (t) => {
  const { sockets, epoll } = setOf(t);
  const { client, served } = sockets.pair();
  epoll.add(served, watched());
  epoll.wait(0);
  endStream(client);
  t.is(epoll.wait(5000), 1);
  t.is(epoll.eventsAt(0), EPOLL.IN | EPOLL.OUT | EPOLL.RDHUP);
  t.is(epoll.wait(0), 0);
});

onLinux(
  'bytes and the end behind them, in one segment, are one event (0x2005), and no other follows',
  (t) => {
    const { sockets, epoll } = setOf(t);
    const { client, served } = sockets.pair();
    epoll.add(served, watched());
    epoll.wait(0);
    const { address, bytes } = memoryOf('request');
    const transmit = declare('intptr_t send(int fd, uintptr_t bytes, uintptr_t length, int flags)');
    // MSG_NOSIGNAL | MSG_MORE: the bytes wait for the end.
    t.is(transmit(client, address, bytes.length, 0x4000 | 0x8000), bytes.length);
    t.is(epoll.wait(0), 0);
    endStream(client);
    t.is(epoll.wait(5000), 1);
    t.is(epoll.eventsAt(0), 0x2005);
    t.is(receive(served, 100), 'request');
    t.is(epoll.wait(0), 0);
    t.is(receive(served), 0);
  },
);

onLinux('a reset is ERR and HUP, whether they are asked for or not', (t) => {
  const { sockets, epoll } = setOf(t);
  const { client, served } = sockets.pair();
  epoll.add(served, EPOLL.ET);
  t.is(epoll.wait(0), 0);
  sockets.reset(client);
  t.is(epoll.wait(5000), 1);
  t.is(epoll.eventsAt(0), EPOLL.ERR | EPOLL.HUP);
});

onLinux('a reset after the end of the stream is told too', (t) => {
  const { sockets, epoll } = setOf(t);
  const { client, served } = sockets.pair();
  epoll.add(served, watched());
  endStream(client);
  t.is(receive(served), 0);
  epoll.wait(0);
  sockets.reset(client);
  t.is(epoll.wait(5000), 1);
  t.is(epoll.eventsAt(0) & (EPOLL.ERR | EPOLL.HUP), EPOLL.ERR | EPOLL.HUP);
});

onLinux('both streams at their end are HUP without ERR', (t) => {
  const { sockets, epoll } = setOf(t);
  const { client, served } = sockets.pair();
  epoll.add(served, watched());
  endStream(served);
  epoll.wait(0);
  endStream(client);
  t.is(epoll.wait(5000), 1);
  t.is(epoll.eventsAt(0), EPOLL.IN | EPOLL.OUT | EPOLL.RDHUP | EPOLL.HUP);
});

onLinux(
  'an event struct is as long as this architecture packs it: every event of a batch is told apart',
  (t) => {
    const { sockets, epoll } = setOf(t, 64);
    const fds = Array.from({ length: 50 }, () => sockets.keep(openEventfd()));
    for (const [index, fd] of fds.entries()) {
      // Every second one is writable only, every third is readable too.
      t.is(epoll.add(fd, index % 2 === 0 ? EPOLL.OUT : EPOLL.IN | EPOLL.OUT), 0);
      if (index % 3 === 0) raise(fd);
    }
    t.is(epoll.wait(0), fds.length);
    const seen = new Map(fds.map((_, index) => [epoll.fdAt(index), epoll.eventsAt(index)]));
    t.deepEqual(
      fds.map((fd) => seen.get(fd)),
      fds.map((_, index) => (index % 6 === 3 ? EPOLL.IN | EPOLL.OUT : EPOLL.OUT)),
    );
  },
);

onLinux('a wait gives no more events than there is room for, and the others the next time', (t) => {
  const { sockets, epoll } = setOf(t, 4);
  const fds = Array.from({ length: 10 }, () => sockets.keep(openEventfd()));
  for (const fd of fds) {
    raise(fd);
    epoll.add(fd, EPOLL.IN | EPOLL.ET);
  }
  const seen = new Set<number>();
  const counts: number[] = [];
  for (let count = epoll.wait(0); count > 0; count = epoll.wait(0)) {
    counts.push(count);
    for (let index = 0; index < count; index++) seen.add(epoll.fdAt(index));
  }
  t.deepEqual(counts, [4, 4, 2]);
  t.is(seen.size, fds.length);
});

onLinux('what was removed is not told of, and may be added again', (t) => {
  const { sockets, epoll } = setOf(t);
  const fd = sockets.keep(openEventfd());
  raise(fd);
  t.is(epoll.add(fd, EPOLL.IN), 0);
  t.is(epoll.remove(fd), 0);
  t.is(epoll.wait(0), 0);
  t.is(epoll.add(fd, EPOLL.IN), 0);
  t.is(epoll.wait(0), 1);
});

onLinux('what is closed leaves the set by itself', (t) => {
  const { sockets, epoll } = setOf(t);
  const fd = sockets.keep(openEventfd());
  raise(fd);
  epoll.add(fd, EPOLL.IN);
  sockets.close(fd);
  t.is(epoll.wait(0), 0);
});

onLinux(
  'a listener may be in two sets exclusively; a set itself may not, which shows that the bit is the right one',
  (t) => {
    const { sockets, epoll } = setOf(t);
    const other = new Epoll(8);
    sockets.keep(other.fd);
    const { fd, port } = sockets.listener();
    for (const set of [epoll, other]) t.is(set.add(fd, EPOLL.IN | EPOLL.EXCLUSIVE), 0);
    sockets.dial(port);
    t.is(epoll.wait(5000), 1);
    t.is(epoll.eventsAt(0), EPOLL.IN);
    t.is(epoll.add(other.fd, EPOLL.IN | EPOLL.EXCLUSIVE), -errno.EINVAL!);
    t.is(epoll.add(other.fd, EPOLL.IN), 0);
  },
);

onLinux('what can not be added or removed is a negative errno', (t) => {
  const { sockets, epoll } = setOf(t);
  const fd = sockets.keep(openEventfd());
  t.is(epoll.remove(fd), -errno.ENOENT!);
  t.is(epoll.add(fd, EPOLL.IN), 0);
  t.is(epoll.add(fd, EPOLL.IN), -errno.EEXIST!);
  sockets.close(fd);
  t.is(epoll.add(fd, EPOLL.IN), -errno.EBADF!);
  t.is(epoll.remove(fd), -errno.EBADF!);
  t.is(listenOn(fd, 1), -errno.EBADF!);
});

onLinux('a set that is closed can not be waited for', (t) => {
  const epoll = new Epoll(1);
  t.is(close(epoll.fd), 0);
  t.is(epoll.wait(0), -errno.EBADF!);
});

onLinux('a wait without events ends when its time is over, not before', (t) => {
  const { epoll } = setOf(t);
  const before = performance.now();
  t.is(epoll.wait(30), 0);
  const waited = performance.now() - before;
  t.true(waited >= 29, `${waited} ms`);
});

onLinux('a wait that a signal interrupts is EINTR', async (t) => {
  const { epoll } = setOf(t);
  const heard = () => {};
  process.on('SIGUSR2', heard);
  t.teardown(() => process.off('SIGUSR2', heard));
  // Again and again: the first may come before the wait.
  const sender = spawn('sh', ['-c', 'while kill -USR2 $PPID; do sleep 0.02; done'], { stdio: 'ignore' });
  const gone = once(sender, 'exit');
  t.is(epoll.wait(10_000), -errno.EINTR!);
  sender.kill();
  await gone;
});
