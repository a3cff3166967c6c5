import { IPV6, type Need } from '../helpers/peer-installed.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { optionOf } from './option-of.ts';
import { Sockets } from './sockets.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));
const { ERRNO } = await fromLinux(() => import('../../src/linux/errno.ts'));
const { DIAL_MARK, setDialMark, setTransparent } = await fromLinux(
  () => import('../../src/linux/transparent.ts'),
);

leavesNothingOpen();

const ROOT: Need = { missing: process.getuid?.() === 0 ? null : 'this process is not root' };
const STRANGER = Uint8Array.of(203, 0, 113, 7);
const STRANGER_V6 = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7);

for (const [family, ip, need] of [
  ['IPv4', STRANGER, ROOT],
  ['IPv6', STRANGER_V6, ROOT.missing === null ? IPV6 : ROOT],
] as const) {
  onLinux(
    `a transparent socket binds an address that is not this host's, another does not: ${family}`,
    (t) => {
      const sockets = new Sockets(t);
      t.is(socket.bindTcp(sockets.keep(socket.tcpSocket(ip)), ip, 0), -ERRNO.EADDRNOTAVAIL);
      const fd = sockets.keep(socket.tcpSocket(ip));
      t.is(setTransparent(fd, ip), 0);
      t.is(socket.bindTcp(fd, ip, 51_234), 0);
      const { ip: bound, port } = socket.localAddress(fd)!;
      t.deepEqual({ ip: bound, port }, { ip, port: 51_234 });
    },
    need,
  );
}

onLinux(
  'a socket gives what it sends the mark of dials',
  (t) => {
    const fd = new Sockets(t).keep(socket.tcpSocket(STRANGER));
    t.is(setDialMark(fd), 0);
    // SOL_SOCKET, SO_MARK
    t.is(optionOf(fd, 1, 36), DIAL_MARK);
  },
  ROOT,
);
