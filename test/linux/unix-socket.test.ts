import { fstatSync } from 'node:fs';
import { constants } from 'node:os';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { receive, Sockets, send } from './sockets.ts';
import { temporaryPath } from './unix-pair.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

leavesNothingOpen();

const { errno } = constants as { errno: { readonly [name: string]: number } };

onLinux('a unix socket serves, without an address of anybody', (t) => {
  const sockets = new Sockets(t);
  for (const name of ['socket', 'ä']) {
    const path = temporaryPath(t, name);
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
  const folder = temporaryPath(t, '');
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
  const path = temporaryPath(t);
  const listener = sockets.keep(socket.unixSocket());
  t.is(socket.bindUnix(listener, path), 0);
  t.is(socket.connectUnix(sockets.keep(socket.unixSocket()), path), -errno.ECONNREFUSED!);
  t.is(socket.listenOn(listener, 0), 0);
  t.is(socket.connectUnix(sockets.keep(socket.unixSocket()), path), 0);
  t.is(socket.connectUnix(sockets.keep(socket.unixSocket()), path), -errno.EAGAIN!);
});
