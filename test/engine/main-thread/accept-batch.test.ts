import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  connect,
  createServer,
  type ListenOptions,
  type NetConnectOpts,
  Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { AcceptBatch } from '../../../src/engine/main-thread/accept-batch.ts';
import { fromLinux, LINUX, onLinux } from '../../linux/on-linux.ts';
import { RAW_ACCEPT } from '../raw-calls.ts';

const { declare } = await fromLinux(() => import('../../../src/linux/libc.ts'));
const { allocate } = await fromLinux(() => import('../../../src/linux/memory.ts'));
const getsockopt = LINUX
  ? declare('int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)')
  : () => -1;

/** A server as the engines make theirs, and so many clients in its queue: all are accepted in one turn. */
async function acceptAll(
  t: ExecutionContext,
  listen: ListenOptions,
  to: (server: Server) => NetConnectOpts,
  count: number,
) {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(listen);
  await once(server, 'listening');
  const batch = AcceptBatch.of(RAW_ACCEPT, server)!;
  const sockets: Socket[] = [];
  const turns: number[] = [];
  const done = new Promise<void>((resolve) => {
    server.on('connection', (first) => {
      const before = sockets.length;
      sockets.push(first);
      batch.acceptRest(
        (socket) => sockets.push(socket),
        () => true,
      );
      turns.push(sockets.length - before);
      if (sockets.length === count) resolve();
    });
  });
  const clients = Array.from({ length: count }, () => connect(to(server)));
  await done;
  t.teardown(() => {
    for (const socket of [...clients, ...sockets]) socket.destroy();
    server.close();
  });
  return { sockets, clients, turns };
}

const portOf = (server: Server) => (server.address() as { port: number }).port;

/** All of a socket that an engine may look at. */
function looksOf(socket: Socket) {
  const { allowHalfOpen, readableHighWaterMark, writableHighWaterMark, remoteFamily, localAddress } = socket;
  const { remoteAddress, readable, writable, readableFlowing, connecting, pending, timeout } = socket;
  const fd = Reflect.get(Object(Reflect.get(socket, '_handle')), 'fd') as number;
  const value = allocate(4);
  const length = allocate(4);
  length.view.setUint32(0, 4, true);
  const noDelay = getsockopt(fd, 6, 1, value.address, length.address) < 0 ? -1 : value.view.getInt32(0, true);
  return {
    ...{ allowHalfOpen, readableHighWaterMark, writableHighWaterMark, remoteFamily, localAddress },
    ...{ remoteAddress, readable, writable, readableFlowing, connecting, pending, timeout, noDelay },
    port: typeof socket.remotePort,
    handle: Object(Reflect.get(socket, '_handle')).constructor.name,
  };
}

for (const [name, listen, host] of [
  ['IPv4', { host: '127.0.0.1', port: 0 }, '127.0.0.1'],
  ['IPv6', { host: '::1', port: 0 }, '::1'],
  ['IPv4 of a listener of both', { port: 0 }, '127.0.0.1'],
] as const) {
  onLinux(`a socket that comes with another is as Node makes it: ${name}`, async (t) => {
    const { sockets, turns } = await acceptAll(t, listen, (server) => ({ host, port: portOf(server) }), 20);
    t.true(turns.length < 20);
    const [first, ...rest] = sockets.map(looksOf);
    t.true(first!.noDelay > 0);
    for (const looks of rest) t.deepEqual(looks, first);
    t.is(new Set(sockets.map(({ remotePort }) => remotePort)).size, 20);
  });
}

onLinux('a socket that comes with another is as Node makes it: unix', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 's');
  const { sockets } = await acceptAll(t, { path }, () => ({ path }), 10);
  const [first, ...rest] = sockets.map(looksOf);
  for (const looks of rest) t.deepEqual(looks, first);
});

onLinux(
  'what is written to one that came with another arrives, and its half-close, and its end',
  async (t) => {
    const { sockets, clients } = await acceptAll(
      t,
      { host: '127.0.0.1', port: 0 },
      (server) => ({ host: '127.0.0.1', port: portOf(server), allowHalfOpen: true }),
      5,
    );
    const served = sockets.at(-1)!;
    const client = clients.find(({ localPort }) => localPort === served.remotePort)!;
    const closed = Promise.all([once(client, 'close'), once(served, 'close')]);
    const answered = once(client, 'data');
    client.end('question');
    served.setEncoding('latin1');
    const asked: string[] = [];
    served.on('data', (text: string) => asked.push(text));
    await once(served, 'end');
    served.end('answer');
    const [answer] = await answered;
    await closed;
    t.deepEqual([asked.join(''), String(answer)], ['question', 'answer']);
  },
);

test('without the kernel’s own accept, or a descriptor that is known, there is no batch', (t) => {
  const raw = { accept: () => -11, close: () => {} };
  const server = createServer();
  t.is(AcceptBatch.of(undefined, server), null);
  t.is(AcceptBatch.of(raw, server), null);
  for (const handle of [undefined, null, {}, { fd: -1 }, { fd: '3' }]) {
    const odd = Object.assign(Object.create(Server.prototype), { _handle: handle });
    t.is(AcceptBatch.of(raw, odd), null);
  }
});

onLinux('a batch ends where it is told, where nobody waits, and at its most', async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  let calls = 0;
  const closed: number[] = [];
  const raw = (answer: () => number) => ({
    accept: () => {
      calls++;
      return answer();
    },
    close: (fd: number) => closed.push(fd),
  });
  const taken = (answer: () => number, wanted: () => boolean) => {
    calls = 0;
    let count = 0;
    AcceptBatch.of(raw(answer), server)!.acceptRest(() => count++, wanted);
    return [calls, count];
  };
  t.deepEqual(
    taken(
      () => -11,
      () => true,
    ),
    [1, 0],
  );
  t.deepEqual(
    taken(
      () => -24,
      () => false,
    ),
    [0, 0],
  );
  // No descriptor of a socket: it is given back, and ends the batch.
  t.deepEqual(
    taken(
      () => 1 << 20,
      () => true,
    ),
    [1, 0],
  );
  t.deepEqual(closed, [1 << 20]);
});
