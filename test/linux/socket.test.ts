import { once } from 'node:events';
import { fstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { IPV6 } from '../helpers/peer-installed.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { LOOPBACK, LOOPBACK_V6, memoryOf, receive, Sockets, send, until } from './sockets.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));
const { EPOLL, Epoll } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { ERRNO } = await fromLinux(() => import('../../src/linux/errno.ts'));
const { allocate } = await fromLinux(() => import('../../src/linux/memory.ts'));
const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));
const { openEventfd } = await fromLinux(() => import('../../src/linux/eventfd.ts'));
const { openPipe } = await fromLinux(() => import('../../src/linux/pipe.ts'));

leavesNothingOpen();

/** An address with its bytes as they are now. */
const plain = (address: { ip: Uint8Array; port: number } | null) =>
  address && { ip: address.ip, port: address.port };

const { errno } = constants as { errno: { readonly [name: string]: number } };

/** include/uapi/asm-generic/fcntl.h */
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** The flags that the kernel has for a descriptor. */
function flagsOf(fd: number): number {
  return Number.parseInt(/^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!, 8);
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

/** A path of a unix socket, gone after the test. */
function unixPath(t: ExecutionContext, name = 'socket'): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, name);
}

/** An option of a socket as the kernel has it. */
function optionOf(fd: number, level: number, name: number): number {
  const getsockopt = declare(
    'int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)',
  );
  const value = allocate(4);
  const length = allocate(4);
  length.view.setUint32(0, 4, true);
  if (getsockopt(fd, level, name, value.address, length.address) !== 0) throw new Error('getsockopt');
  return value.view.getInt32(0, true);
}

// include/uapi/asm-generic/socket.h, include/uapi/linux/tcp.h
const KEEPALIVE = [1, 9] as const;
const REUSEADDR = [1, 2] as const;
const REUSEPORT = [1, 15] as const;
const NODELAY = [6, 1] as const;
const KEEPIDLE = [6, 4] as const;
const KEEPINTVL = [6, 5] as const;
const OOBINLINE = [1, 10] as const;

/** Fills what the peer does not read, and gives how many bytes that were. */
function fill(fd: number): number {
  const block = memoryOf(new Uint8Array(1 << 16));
  for (let sent = 0; ; ) {
    const count = socket.transmit(fd, block.address, block.bytes.length);
    if (count === -ERRNO.EAGAIN) return sent;
    if (count <= 0) throw new Error(`transmit: ${count}`);
    sent += count;
  }
}

onLinux('every descriptor is non-blocking, and closed in programs that are started', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  const pipe = openPipe();
  if (typeof pipe === 'number') throw new Error('no pipe');
  const descriptors = {
    tcp4: sockets.keep(socket.tcpSocket(LOOPBACK)),
    tcp6: sockets.keep(socket.tcpSocket(LOOPBACK_V6)),
    unix: sockets.keep(socket.unixSocket()),
    client,
    accepted: served,
    eventfd: sockets.keep(openEventfd()),
    'pipe to read': sockets.keep(pipe.read),
    'pipe to write': sockets.keep(pipe.write),
  };
  for (const [name, fd] of Object.entries(descriptors)) {
    t.is(flagsOf(fd) & O_NONBLOCK, O_NONBLOCK, `${name} blocks`);
    t.is(flagsOf(fd) & O_CLOEXEC, O_CLOEXEC, `${name} is inherited`);
  }
  const set = sockets.keep(new Epoll(1).fd);
  t.is(flagsOf(set) & O_CLOEXEC, O_CLOEXEC);
});

for (const [family, ip, need] of [
  ['IPv4', LOOPBACK, undefined],
  ['IPv6', LOOPBACK_V6, IPV6],
] as const) {
  onLinux(
    `${family}: who connects is accepted, both ends know both addresses, and bytes go both ways`,
    (t) => {
      const sockets = new Sockets(t);
      const { fd, port } = sockets.listener(ip);
      const client = sockets.dial(port, ip);
      const served = sockets.accept(fd);
      t.deepEqual(plain(socket.peer()), { ip, port: socket.localAddress(client)!.port });
      t.deepEqual(plain(socket.localAddress(served)), { ip, port });
      t.is(socket.socketError(client), 0);
      send(client, 'question');
      t.is(receive(served), 'question');
      send(served, 'answer');
      t.is(receive(client), 'answer');
    },
    need,
  );
}

onLinux('clients are accepted in their order, each with its own address', (t) => {
  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  const clients = Array.from({ length: 5 }, () => sockets.dial(port));
  for (const client of clients) {
    const served = sockets.accept(fd);
    t.is(socket.peer()!.port, socket.localAddress(client)!.port);
    sockets.close(served);
  }
});

onLinux('where nothing waits, accept and receive say EAGAIN', (t) => {
  const sockets = new Sockets(t);
  t.is(socket.accept(sockets.listener().fd), -errno.EAGAIN!);
  const { served } = sockets.pair();
  const memory = allocate(8);
  t.is(socket.receive(served, memory.address, 8), -errno.EAGAIN!);
});

onLinux('a peer that reads nothing is sent to until EAGAIN, and then gets just that much', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  const sent = fill(client);
  t.true(sent > 1 << 16);
  t.is(socket.endStream(client), 0);
  let received = 0;
  for (let bytes = receive(served); typeof bytes === 'string'; bytes = receive(served))
    received += bytes.length;
  t.is(received, sent);
});

onLinux('a read takes what there is, and no more than there is room', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  send(client, 'abcdef');
  until(served, EPOLL.IN);
  const memory = memoryOf('........');
  t.is(socket.receive(served, memory.address + 2, 4), 4);
  t.is(Buffer.from(memory.bytes).toString(), '..abcd..');
  t.is(receive(served), 'ef');
});

onLinux('the end of our stream is a read of 0 at the peer, and the other direction goes on', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  send(client, 'last');
  t.is(socket.endStream(client), 0);
  t.is(receive(served), 'last');
  t.is(receive(served), 0);
  t.is(receive(served), 0);
  send(served, 'answer');
  t.is(receive(client), 'answer');
  const { address } = memoryOf('x');
  t.is(socket.transmit(client, address, 1), -errno.EPIPE!);
});

onLinux('what is sent with more to come waits for the end of the stream, and leaves with it', (t) => {
  const { client, served } = new Sockets(t).pair();
  const { address, bytes } = memoryOf('answer');
  t.is(socket.transmit(served, address, bytes.length, true), bytes.length);
  const room = memoryOf(new Uint8Array(16));
  t.is(socket.receive(client, room.address, 16), -errno.EAGAIN!);
  t.is(socket.endStream(served), 0);
  // One event tells of both: they came in one segment.
  t.is(until(client, EPOLL.IN | EPOLL.RDHUP), EPOLL.IN | EPOLL.RDHUP);
  t.is(receive(client), 'answer');
  t.is(receive(client), 0);
});

onLinux('a close is an end at the peer', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  sockets.close(client);
  t.is(receive(served), 0);
});

onLinux('a reset is ECONNRESET at the peer, once, and what was sent before it is read first', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  send(client, 'before');
  until(served, EPOLL.IN);
  sockets.reset(client);
  t.is(receive(served), 'before');
  t.is(receive(served), -errno.ECONNRESET!);
  t.is(receive(served), 0);
});

onLinux(
  'a reset goes out though the peer has sent what nobody read, and though our stream has ended',
  (t) => {
    const sockets = new Sockets(t);
    const { client, served } = sockets.pair();
    send(served, 'unread');
    socket.endStream(client);
    t.is(receive(served), 0);
    sockets.reset(client);
    t.is(until(served, EPOLL.IN) & EPOLL.ERR, EPOLL.ERR);
    t.not(socket.socketError(served), 0);
  },
);

onLinux('an unread error is told once by socketError', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  sockets.reset(client);
  until(served, 0);
  t.is(socket.socketError(served), errno.ECONNRESET!);
  t.is(socket.socketError(served), 0);
});

onLinux('to send to a peer that is gone is EPIPE, and no signal', async (t) => {
  const sockets = new Sockets(t);
  let signals = 0;
  const count = () => {
    signals++;
  };
  process.on('SIGPIPE', count);
  t.teardown(() => process.off('SIGPIPE', count));
  const { client, served } = sockets.pair();
  sockets.reset(client);
  t.is(receive(served), -errno.ECONNRESET!);
  const { address } = memoryOf('x');
  t.is(socket.transmit(served, address, 1), -errno.EPIPE!);
  // Signals come in their order: after this one a SIGPIPE would be here.
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(alive));
  const later = once(process, 'SIGUSR2');
  process.kill(process.pid, 'SIGUSR2');
  await later;
  t.is(signals, 0);
});

onLinux('a port that nobody listens on is ECONNREFUSED, which socketError takes away', (t) => {
  const sockets = new Sockets(t);
  const bound = sockets.keep(socket.tcpSocket(LOOPBACK));
  t.is(socket.bindTcp(bound, LOOPBACK, 0), 0);
  const { port } = socket.localAddress(bound)!;
  const client = sockets.keep(socket.tcpSocket(LOOPBACK));
  t.is(socket.connectTcp(client, LOOPBACK, port), -errno.EINPROGRESS!);
  until(client, EPOLL.OUT);
  t.is(socket.socketError(client), errno.ECONNREFUSED!);
  t.is(socket.socketError(client), 0);
});

onLinux('whoever is asked of a descriptor that is not open says EBADF, and nobody throws', (t) => {
  const sockets = new Sockets(t);
  const fd = sockets.keep(socket.tcpSocket(LOOPBACK));
  sockets.close(fd);
  const { address } = allocate(8);
  const calls = {
    bindTcp: () => socket.bindTcp(fd, LOOPBACK, 0),
    bindUnix: () => socket.bindUnix(fd, '/nowhere'),
    listenOn: () => socket.listenOn(fd, 1),
    accept: () => socket.accept(fd),
    connectTcp: () => socket.connectTcp(fd, LOOPBACK, 1),
    connectUnix: () => socket.connectUnix(fd, '/nowhere'),
    receive: () => socket.receive(fd, address, 8),
    transmit: () => socket.transmit(fd, address, 8),
    endStream: () => socket.endStream(fd),
    close: () => socket.close(fd),
    reset: () => socket.reset(fd),
    setNoDelay: () => socket.setNoDelay(fd),
    setKeepalive: () => socket.setKeepalive(fd, 1000),
    setUrgentInline: () => socket.setUrgentInline(fd),
    setReuseAddress: () => socket.setReuseAddress(fd),
    setReusePort: () => socket.setReusePort(fd),
    setOnlyV6: () => socket.setOnlyV6(fd, true),
    setBindWithoutPort: () => socket.setBindWithoutPort(fd),
  };
  for (const [name, call] of Object.entries(calls)) t.is(call(), -errno.EBADF!, name);
  t.is(socket.socketError(fd), errno.EBADF!);
  t.is(socket.localAddress(fd), null);
});

onLinux('a close frees the number', (t) => {
  const fd = socket.unixSocket();
  t.true(isOpen(fd));
  t.is(socket.close(fd), 0);
  t.false(isOpen(fd));
});

onLinux('a duplicate is the same socket by another number, and lives on when the first is closed', (t) => {
  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  const other = sockets.keep(socket.duplicate(fd));
  t.not(other, fd);
  t.is(socket.localAddress(other)!.port, port);
  sockets.close(fd);
  const client = sockets.dial(port);
  send(client, 'hello');
  t.is(receive(sockets.accept(other)), 'hello');
});

onLinux('a peer that answers is not unanswered, nor is one that nothing was sent to', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  t.is(socket.unansweredMs(client), 0);
  send(client, 'hello');
  t.is(receive(served), 'hello');
  send(served, 'answer');
  t.is(receive(client), 'answer');
  // However long ago its last answer was.
  const silence = new Epoll(1);
  sockets.keep(silence.fd);
  t.is(silence.wait(5), 0);
  t.is(socket.unansweredMs(client), 0);
  // Neither is a listener, or what is no socket of TCP.
  t.is(socket.unansweredMs(sockets.listener().fd), 0);
  t.is(socket.unansweredMs(sockets.keep(socket.unixSocket())), 0);
});

// ── ports ──

onLinux('a port whose last connections are still remembered is taken, but for who may use it again', (t) => {
  const sockets = new Sockets(t);
  const fd = sockets.keep(socket.tcpSocket(LOOPBACK));
  t.is(socket.setReuseAddress(fd), 0);
  t.is(socket.bindTcp(fd, LOOPBACK, 0), 0);
  t.is(socket.listenOn(fd, 1), 0);
  const { port } = socket.localAddress(fd)!;
  const client = sockets.dial(port);
  const served = sockets.accept(fd);
  // Who closes first has to remember.
  sockets.close(served);
  t.is(receive(client), 0);
  sockets.close(client);
  sockets.close(fd);
  const next = sockets.keep(socket.tcpSocket(LOOPBACK));
  t.is(socket.bindTcp(next, LOOPBACK, port), -errno.EADDRINUSE!);
  t.is(socket.setReuseAddress(next), 0);
  t.is(optionOf(next, ...REUSEADDR), 1);
  t.is(socket.bindTcp(next, LOOPBACK, port), 0);
});

onLinux('a port that is taken is EADDRINUSE, also for who would share it', (t) => {
  const sockets = new Sockets(t);
  const { port } = sockets.listener();
  const other = sockets.keep(socket.tcpSocket(LOOPBACK));
  socket.setReusePort(other);
  t.is(socket.bindTcp(other, LOOPBACK, port), -errno.EADDRINUSE!);
});

onLinux(
  'a listener that is opened to sharing once it is bound is joined by those who ask, and by nobody else',
  (t) => {
    const sockets = new Sockets(t);
    const bound = () => sockets.keep(socket.tcpSocket(LOOPBACK));
    const first = bound();
    t.is(socket.bindTcp(first, LOOPBACK, 0), 0);
    t.is(optionOf(first, ...REUSEPORT), 0);
    t.is(socket.setReusePort(first), 0);
    const { port } = socket.localAddress(first)!;
    const second = bound();
    socket.setReusePort(second);
    t.is(socket.bindTcp(second, LOOPBACK, port), 0);
    t.is(socket.bindTcp(bound(), LOOPBACK, port), -errno.EADDRINUSE!);
    t.is(socket.listenOn(first, 8), 0);
    t.is(socket.listenOn(second, 8), 0);
  },
);

onLinux('an address of the other family, and one that is not ours, can not be bound', (t) => {
  const sockets = new Sockets(t);
  const fd = sockets.keep(socket.tcpSocket(LOOPBACK));
  t.is(socket.bindTcp(fd, new Uint8Array([192, 0, 2, 1]), 0), -errno.EADDRNOTAVAIL!);
  t.true(socket.bindTcp(fd, LOOPBACK_V6, 0) < 0);
  t.is(socket.bindTcp(fd, LOOPBACK, 0), 0);
});

onLinux('a source address that leaves its port to the connect has none until then', (t) => {
  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  const from = new Uint8Array([127, 0, 0, 7]);
  const client = sockets.keep(socket.tcpSocket(LOOPBACK));
  t.is(socket.setBindWithoutPort(client), 0);
  t.is(socket.bindTcp(client, from, 0), 0);
  t.deepEqual(plain(socket.localAddress(client)), { ip: from, port: 0 });
  socket.connectTcp(client, LOOPBACK, port);
  sockets.accept(fd);
  t.deepEqual(plain(socket.peer()), plain(socket.localAddress(client)));
  t.not(socket.peer()!.port, 0);
});

onLinux(
  'a listener of IPv6 alone leaves the port to one of IPv4; one of both families has both',
  (t) => {
    const sockets = new Sockets(t);
    const any6 = new Uint8Array(16);
    const any4 = new Uint8Array(4);
    const bindBoth = (only: boolean) => {
      const six = sockets.keep(socket.tcpSocket(any6));
      t.is(socket.setOnlyV6(six, only), 0);
      t.is(socket.bindTcp(six, any6, 0), 0);
      t.is(socket.listenOn(six, 8), 0);
      const four = sockets.keep(socket.tcpSocket(any4));
      return socket.bindTcp(four, any4, socket.localAddress(six)!.port);
    };
    // Now and then somebody else has the same port of IPv4: once is enough, never is too little.
    const alone = Array.from({ length: 10 }, () => bindBoth(true));
    t.true(alone.includes(0), `${alone}`);
    t.is(bindBoth(false), -errno.EADDRINUSE!);
  },
  IPV6,
);

// ── options ──

onLinux('what is set on a listener is inherited by what it accepts', (t) => {
  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  t.is(socket.setNoDelay(fd), 0);
  t.is(socket.setKeepalive(fd, 60_000), 0);
  t.is(socket.setUrgentInline(fd), 0);
  const client = sockets.dial(port);
  const served = sockets.accept(fd);
  const all = [NODELAY, KEEPALIVE, KEEPIDLE, KEEPINTVL, OOBINLINE];
  t.deepEqual(
    all.map(([level, name]) => optionOf(served, level, name)),
    [1, 1, 60, 10, 1],
  );
  t.deepEqual([optionOf(client, ...NODELAY), optionOf(client, ...KEEPALIVE)], [0, 0]);
});

onLinux('keepalive of 0 is none', (t) => {
  const sockets = new Sockets(t);
  const fd = sockets.keep(socket.tcpSocket(LOOPBACK));
  t.is(socket.setKeepalive(fd, 30_000), 0);
  t.is(optionOf(fd, ...KEEPALIVE), 1);
  t.is(socket.setKeepalive(fd, 0), 0);
  t.is(optionOf(fd, ...KEEPALIVE), 0);
});

onLinux('keepalive of less than a second is a second', (t) => {
  const sockets = new Sockets(t);
  const fd = sockets.keep(socket.tcpSocket(LOOPBACK));
  for (const [ms, idle, interval] of [
    [1, 1, 1],
    [1499, 1, 1],
    [1500, 2, 1],
    [30_000, 30, 5],
  ] as const) {
    t.is(socket.setKeepalive(fd, ms), 0);
    t.deepEqual([optionOf(fd, ...KEEPIDLE), optionOf(fd, ...KEEPINTVL)], [idle, interval], `${ms}`);
  }
});

// ── unix sockets ──

onLinux('a unix socket serves, without an address of anybody', (t) => {
  const sockets = new Sockets(t);
  for (const name of ['socket', 'ä']) {
    const path = unixPath(t, name);
    const listener = sockets.keep(socket.unixSocket());
    t.is(socket.bindUnix(listener, path), 0);
    t.true(fstatSync(listener).isSocket());
    t.is(socket.listenOn(listener, 8), 0);
    const client = sockets.keep(socket.unixSocket());
    t.is(socket.connectUnix(client, path), 0);
    const served = sockets.accept(listener);
    t.is(socket.peer(), null);
    t.is(socket.localAddress(served), null);
    send(client, 'hello');
    t.is(receive(served), 'hello');
    t.is(socket.endStream(client), 0);
    t.is(receive(served), 0);
    // It knows no reset: it just closes.
    sockets.reset(served);
    t.is(receive(client), 0);
  }
});

onLinux('the longest path of a unix socket is bound as it is, and found again', (t) => {
  const sockets = new Sockets(t);
  const folder = unixPath(t, '');
  const path = folder + 'p'.repeat(107 - folder.length);
  const listener = sockets.keep(socket.unixSocket());
  t.is(socket.bindUnix(listener, path), 0);
  t.is(socket.listenOn(listener, 8), 0);
  t.is(socket.connectUnix(sockets.keep(socket.unixSocket()), path), 0);
  t.is(socket.bindUnix(sockets.keep(socket.unixSocket()), path), -errno.EADDRINUSE!);
  t.is(socket.connectUnix(sockets.keep(socket.unixSocket()), path.slice(0, -1)), -errno.ENOENT!);
});

onLinux('a unix socket whose queue is full says EAGAIN, one that nobody listens on ECONNREFUSED', (t) => {
  const sockets = new Sockets(t);
  const path = unixPath(t);
  const listener = sockets.keep(socket.unixSocket());
  t.is(socket.bindUnix(listener, path), 0);
  t.is(socket.connectUnix(sockets.keep(socket.unixSocket()), path), -errno.ECONNREFUSED!);
  t.is(socket.listenOn(listener, 0), 0);
  t.is(socket.connectUnix(sockets.keep(socket.unixSocket()), path), 0);
  t.is(socket.connectUnix(sockets.keep(socket.unixSocket()), path), -errno.EAGAIN!);
});

onLinux('bytes that wait are seen and stay, also behind a reset', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  t.false(socket.hasUnread(served));
  send(client, 'x');
  until(served, EPOLL.IN);
  t.true(socket.hasUnread(served));
  sockets.reset(client);
  until(served, EPOLL.HUP);
  t.is(socket.socketError(served), ERRNO.ECONNRESET);
  t.true(socket.hasUnread(served));
  t.is(receive(served), 'x');
  t.false(socket.hasUnread(served));
});

onLinux('what a peer has not confirmed is known, and which way data moved last', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = sockets.pair();
  t.is(socket.unconfirmedBytes(client), 0);
  const block = memoryOf(new Uint8Array(1 << 20));
  let sent = 0;
  for (let taken = 0; taken >= 0; sent += Math.max(taken, 0))
    taken = socket.transmit(client, block.address, 1 << 20);
  const left = socket.unconfirmedBytes(client);
  t.true(left > 0 && left < sent, `${left} of ${sent}`);
  // Two moments that the kernel's clock may not tell apart.
  t.true(['out', null].includes(socket.movedLast(client)));
  t.true(['in', null].includes(socket.movedLast(served)));
  t.is(socket.unconfirmedBytes(-1), 0);
  t.is(socket.movedLast(-1), null);
});
