import { fstatSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { LOOPBACK, LOOPBACK_V6, receive, Sockets, send } from './sockets.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));
const { Epoll } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { allocate } = await fromLinux(() => import('../../src/linux/memory.ts'));
const { openEventfd } = await fromLinux(() => import('../../src/linux/eventfd.ts'));
const { openPipe } = await fromLinux(() => import('../../src/linux/pipe.ts'));

leavesNothingOpen();

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
