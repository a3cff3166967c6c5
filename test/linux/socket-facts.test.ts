import { openSync } from 'node:fs';
import { constants } from 'node:os';
import { IPV6 } from '../helpers/peer-installed.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { LOOPBACK, Sockets } from './sockets.ts';
import { temporaryPath, unixPair } from './unix-pair.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));
const { ownUid, peerCredentials, socketFacts } = await fromLinux(
  () => import('../../src/linux/socket-facts.ts'),
);
const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));
const { allocate } = await fromLinux(() => import('../../src/linux/memory.ts'));

leavesNothingOpen();

const { errno } = constants as { errno: { readonly [name: string]: number } };

onLinux('a listener of IPv4 is told by its family, its type, its state and its address', (t) => {
  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  t.deepEqual(socketFacts(fd), {
    ...{ family: 'ipv4', isStream: true, isListening: true, isV6Only: false },
    bound: { kind: 'tcp', ip: LOOPBACK, port },
  });
});

for (const only of [true, false]) {
  onLinux(
    `a socket of every address of IPv6 ${only ? 'alone' : 'and IPv4'} is told as such`,
    (t) => {
      const sockets = new Sockets(t);
      const any = new Uint8Array(16);
      const fd = sockets.keep(socket.tcpSocket(any));
      socket.setOnlyV6(fd, only);
      t.is(socket.bindTcp(fd, any, 0), 0);
      t.deepEqual(socketFacts(fd), {
        ...{ family: 'ipv6', isStream: true, isListening: false, isV6Only: only },
        bound: { kind: 'tcp', ip: any, port: socket.localAddress(fd)!.port },
      });
    },
    IPV6,
  );
}

onLinux('a unix listener is told by its path, also by the longest, and by one that is not ASCII', (t) => {
  const sockets = new Sockets(t);
  const short = temporaryPath(t, 'ä');
  const folder = temporaryPath(t, '');
  for (const path of [short, folder + 'p'.repeat(107 - folder.length)]) {
    const fd = sockets.keep(socket.unixSocket());
    t.is(socket.bindUnix(fd, path), 0);
    t.is(socket.listenOn(fd, 1), 0);
    t.deepEqual(socketFacts(fd), {
      ...{ family: 'unix', isStream: true, isListening: true, isV6Only: false },
      bound: { kind: 'unix', path },
    });
  }
});

onLinux('a unix socket that is bound to no path is unnamed, and so is an abstract one', (t) => {
  const sockets = new Sockets(t);
  const bind = declare('int bind(int fd, uintptr_t address, uint32_t length)');
  const unnamed = sockets.keep(socket.unixSocket());
  const abstract = sockets.keep(socket.unixSocket());
  const name = allocate(2 + 1 + 6);
  name.view.setUint16(0, 1, true);
  name.bytes.set(new TextEncoder().encode(`h${process.pid % 100_000}`.slice(0, 6)), 3);
  t.is(bind(abstract, name.address, 9), 0);
  for (const fd of [unnamed, abstract]) {
    const facts = socketFacts(fd);
    t.deepEqual(facts, {
      ...{ family: 'unix', isStream: true, isListening: false, isV6Only: false },
      bound: { kind: 'unnamed' },
    });
  }
});

onLinux('a datagram socket is no stream, and one of another family is told as other', (t) => {
  const sockets = new Sockets(t);
  const make = declare('int socket(int domain, int type, int protocol)');
  const datagram = sockets.keep(make(2, 2 | 0o2000000, 0));
  t.like(socketFacts(datagram), { family: 'ipv4', isStream: false, isListening: false });
  const netlink = sockets.keep(make(16, 3 | 0o2000000, 0));
  t.like(socketFacts(netlink), { family: 'other', isStream: false, bound: { kind: 'unnamed' } });
});

onLinux('what is no socket, or not open, is an errno', (t) => {
  const sockets = new Sockets(t);
  t.is(socketFacts(sockets.keep(openSync('/dev/null', 'r'))), -errno.ENOTSOCK!);
  t.is(socketFacts(1_000_000), -errno.EBADF!);
});

onLinux('both ends of a unix connection know the process and the user of the other', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = unixPair(t, sockets);
  for (const fd of [client, served])
    t.deepEqual(peerCredentials(fd), { pid: process.pid, uid: process.geteuid!() });
  t.is(ownUid(), process.geteuid!());
  t.is(peerCredentials(1_000_000), -errno.EBADF!);
});
