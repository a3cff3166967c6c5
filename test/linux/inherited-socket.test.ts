import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { NotifySocket } from '../helpers/notify-socket.ts';
import { IPV6 } from '../helpers/peer-installed.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { LOOPBACK, LOOPBACK_V6, Sockets } from './sockets.ts';

const { adopt, inheritedSocket, SOCKET_TYPE } = await fromLinux(
  () => import('../../src/linux/inherited-socket.ts'),
);
const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));
const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

leavesNothingOpen();

const stream = (address: unknown, isListening = true) => ({
  address,
  type: SOCKET_TYPE.STREAM,
  isListening,
});

function pathOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'socket');
}

onLinux('the address of a TCP listener is known, and whether it listens', (t) => {
  const sockets = new Sockets(t);
  const { fd, port } = sockets.listener();
  t.deepEqual(inheritedSocket(fd), stream({ kind: 'tcp', ip: LOOPBACK, port }));
  const other = sockets.keep(socket.tcpSocket(LOOPBACK));
  t.deepEqual(inheritedSocket(other), stream({ kind: 'tcp', ip: new Uint8Array(4), port: 0 }, false));
});

onLinux(
  'a socket of [::] has no address of its own if it takes IPv4 as well',
  (t) => {
    const sockets = new Sockets(t);
    for (const only of [false, true]) {
      const fd = sockets.keep(socket.tcpSocket(LOOPBACK_V6));
      t.is(socket.setOnlyV6(fd, only), 0);
      t.is(socket.bindTcp(fd, new Uint8Array(16), 0), 0);
      t.is(socket.listenOn(fd, 1), 0);
      const { port } = socket.localAddress(fd)!;
      t.deepEqual(inheritedSocket(fd), stream({ kind: 'tcp', ip: only ? new Uint8Array(16) : null, port }));
    }
    const { fd, port } = sockets.listener(LOOPBACK_V6);
    t.deepEqual(inheritedSocket(fd), stream({ kind: 'tcp', ip: LOOPBACK_V6, port }));
  },
  IPV6,
);

onLinux(
  'a unix listener is known by its path; one without a path, or of the abstract namespace, by that',
  async (t) => {
    const sockets = new Sockets(t);
    const path = pathOf(t);
    const fd = sockets.keep(socket.unixSocket());
    t.is(socket.bindUnix(fd, path), 0);
    t.is(socket.listenOn(fd, 1), 0);
    t.deepEqual(inheritedSocket(fd), stream({ kind: 'unix', path }));
    const nameless = sockets.keep(socket.unixSocket());
    t.deepEqual(inheritedSocket(nameless), stream({ kind: 'other', family: 1 }, false));
    const receiver = await NotifySocket.open(t, { abstract: true });
    t.deepEqual(inheritedSocket(receiver.fd), {
      address: { kind: 'abstract', name: receiver.path.slice(1) },
      type: SOCKET_TYPE.DATAGRAM,
      isListening: false,
    });
  },
);

onLinux('the longest path of a unix socket is known whole', (t) => {
  const sockets = new Sockets(t);
  const path = pathOf(t).padEnd(107, 'p');
  const fd = sockets.keep(socket.unixSocket());
  t.is(socket.bindUnix(fd, path), 0);
  t.deepEqual(inheritedSocket(fd)?.address, { kind: 'unix', path });
});

onLinux('a file and a closed descriptor are no sockets', (t) => {
  const fd = openSync('/dev/null', 'r');
  t.is(inheritedSocket(fd), null);
  closeSync(fd);
  t.is(inheritedSocket(fd), null);
  t.true(adopt(fd) < 0);
});

onLinux('an adopted descriptor does not block, and no child gets it', (t) => {
  const sockets = new Sockets(t);
  const create = declare('int socket(int domain, int type, int protocol)');
  const fd = sockets.keep(create(2, 1, 0));
  const flags = () =>
    Number.parseInt(/flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!, 8);
  t.is(flags() & 0o2004000, 0);
  t.is(adopt(fd), 0);
  t.is(flags() & 0o2004000, 0o2004000);
});
