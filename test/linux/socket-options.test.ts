import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { optionOf } from './option-of.ts';
import { LOOPBACK, Sockets } from './sockets.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

leavesNothingOpen();

// include/uapi/asm-generic/socket.h, include/uapi/linux/tcp.h
const KEEPALIVE = [1, 9] as const;
const NODELAY = [6, 1] as const;
const KEEPIDLE = [6, 4] as const;
const KEEPINTVL = [6, 5] as const;
const OOBINLINE = [1, 10] as const;

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
