import { once } from 'node:events';
import { constants } from 'node:os';
import { IPV6 } from '../helpers/peer-installed.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { LOOPBACK, LOOPBACK_V6, memoryOf, receive, Sockets, send, until } from './sockets.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));
const { EPOLL, Epoll } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { ERRNO } = await fromLinux(() => import('../../src/linux/errno.ts'));
const { allocate } = await fromLinux(() => import('../../src/linux/memory.ts'));

leavesNothingOpen();

/** An address with its bytes as they are now. */
const plain = (address: { ip: Uint8Array; port: number } | null) =>
  address && { ip: address.ip, port: address.port };

const { errno } = constants as { errno: { readonly [name: string]: number } };

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

onLinux(
  'bytes that wait are seen and stay, also behind a reset, and the error of a reset is told once',
  (t) => {
    const sockets = new Sockets(t);
    const { client, served } = sockets.pair();
    t.is(socket.peek(served), -ERRNO.EAGAIN);
    send(client, 'x');
    until(served, EPOLL.IN);
    t.is(socket.peek(served), 1);
    sockets.reset(client);
    until(served, EPOLL.HUP);
    t.is(socket.peek(served), 1);
    t.is(receive(served), 'x');
    t.is(socket.peek(served), -ERRNO.ECONNRESET);
    t.is(socket.peek(served), 0);
    t.is(socket.socketError(served), 0);
  },
);

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
