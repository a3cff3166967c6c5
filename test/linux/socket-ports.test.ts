import { constants } from 'node:os';
import { IPV6 } from '../helpers/peer-installed.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { optionOf } from './option-of.ts';
import { LOOPBACK, LOOPBACK_V6, receive, Sockets } from './sockets.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

leavesNothingOpen();

/** An address with its bytes as they are now. */
const plain = (address: { ip: Uint8Array; port: number } | null) =>
  address && { ip: address.ip, port: address.port };

const { errno } = constants as { errno: { readonly [name: string]: number } };

const REUSEADDR = [1, 2] as const;
const REUSEPORT = [1, 15] as const;

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
