import { execFileSync } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fromLinux, leavesNothingOpen, onLinux, openDescriptors } from './on-linux.ts';
import { Sockets } from './sockets.ts';
import { unixPair } from './unix-pair.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));
const { MOST_BYTES, MOST_DESCRIPTORS, receiveDescriptors, sendDescriptors } = await fromLinux(
  () => import('../../src/linux/pass-descriptors.ts'),
);

leavesNothingOpen();

const { errno } = constants as { errno: { readonly [name: string]: number } };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (words: string) => new TextEncoder().encode(words);

function received(fd: number, most?: number) {
  const message = receiveDescriptors(fd, most);
  if (typeof message === 'number') throw new Error(`errno ${-message}`);
  return message;
}

onLinux('a descriptor arrives as another one of the same socket, with its bytes', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = unixPair(t, sockets);
  const { fd, port } = sockets.listener();
  t.is(sendDescriptors(served, bytesOf('one'), [fd]), 3);
  const { bytes, fds, isTruncated } = received(client);
  t.is(text(bytes), 'one');
  t.false(isTruncated);
  t.is(fds.length, 1);
  t.not(sockets.keep(fds[0]!), fd);
  sockets.close(fd);
  t.is(socket.localAddress(fds[0]!)!.port, port);
  sockets.dial(port);
  sockets.accept(fds[0]!);
});

for (const count of [0, 1, 2, 3, 252, MOST_DESCRIPTORS]) {
  onLinux(`${count} descriptors arrive in their order`, (t) => {
    const sockets = new Sockets(t);
    const { client, served } = unixPair(t, sockets);
    const listeners = Array.from({ length: Math.min(count, 5) }, () => sockets.listener());
    const sent = Array.from({ length: count }, (_, at) => listeners[at % 5]!);
    const given = sent.map(({ fd }) => fd);
    t.is(sendDescriptors(served, bytesOf('x'), given), 1);
    const { fds, isTruncated } = received(client);
    t.false(isTruncated);
    for (const fd of fds) sockets.keep(fd);
    t.deepEqual(
      fds.map((fd) => socket.localAddress(fd)!.port),
      sent.map(({ port }) => port),
    );
  });
}

onLinux('no message has more descriptors or bytes than fit, or no byte at all', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = unixPair(t, sockets);
  const { fd } = sockets.listener();
  t.is(sendDescriptors(served, bytesOf('x'), new Array(MOST_DESCRIPTORS + 1).fill(fd)), -errno.EINVAL!);
  t.is(sendDescriptors(served, new Uint8Array(MOST_BYTES + 1), []), -errno.EINVAL!);
  t.is(sendDescriptors(served, new Uint8Array(0), [fd]), -errno.EINVAL!);
  t.is(receiveDescriptors(client), -errno.EAGAIN!);
});

onLinux('the descriptors of two messages are never mixed, even if both wait', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = unixPair(t, sockets);
  const listeners = [sockets.listener(), sockets.listener()];
  for (const [at, { fd }] of listeners.entries()) sendDescriptors(served, bytesOf(`${at}`), [fd]);
  for (const [at, { port }] of listeners.entries()) {
    const { bytes, fds } = received(client);
    t.is(text(bytes), `${at}`);
    t.deepEqual(
      fds.map((fd) => socket.localAddress(sockets.keep(fd))!.port),
      [port],
    );
  }
});

onLinux('a closed descriptor is not sent, and neither is anything else of its message', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = unixPair(t, sockets);
  const { fd } = sockets.listener();
  const { fd: closed } = sockets.listener();
  sockets.close(closed);
  t.is(sendDescriptors(served, bytesOf('x'), [fd, closed]), -errno.EBADF!);
  t.is(receiveDescriptors(client), -errno.EAGAIN!);
});

onLinux('a peer that has gone is an errno on one side and the end of the stream on the other', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = unixPair(t, sockets);
  sockets.close(client);
  t.is(sendDescriptors(served, bytesOf('x'), []), -errno.EPIPE!);
  const { bytes, fds } = received(served);
  t.is(bytes.length, 0);
  t.deepEqual(fds, []);
});

onLinux('descriptors that nobody receives are closed with the connection', (t) => {
  const sockets = new Sockets(t);
  const before = openDescriptors();
  const { client, served } = unixPair(t, sockets);
  const { fd } = sockets.listener();
  sendDescriptors(served, bytesOf('x'), [fd]);
  for (const each of [client, served, fd]) sockets.close(each);
  t.deepEqual(openDescriptors(), before);
});

onLinux('where not all descriptors fit into the process, none is left open and that is reported', (t) => {
  const child = fileURLToPath(new URL('few-descriptors-child.js', import.meta.url));
  const command = `ulimit -n 64; exec "$0" "$1"`;
  const out = execFileSync('sh', ['-c', command, process.execPath, child], { encoding: 'utf8' });
  t.deepEqual(JSON.parse(out), { isTruncated: true, fds: 0, left: 0 });
});

onLinux('received descriptors are closed in a child that is executed', (t) => {
  const sockets = new Sockets(t);
  const { client, served } = unixPair(t, sockets);
  sendDescriptors(served, bytesOf('x'), [sockets.listener().fd]);
  const [fd] = received(client).fds;
  sockets.keep(fd!);
  const script = `[ -e /proc/self/fd/${fd} ] && echo open || echo closed`;
  t.is(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim(), 'closed');
});
