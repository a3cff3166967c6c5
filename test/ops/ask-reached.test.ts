import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { askReached, dialReach } from '../../src/ops/ask-reached.ts';
import type { ConnectionLookup } from '../../src/ops/reached.ts';
import { onLinuxAtOnce } from '../linux/on-linux.ts';
import { serveReached } from './metrics-server-parts.ts';

/** Loaded by the tests that need it: this file must not wait at its top, since it shares a process with others. */
const lookUpHere = async () => (await import('../../src/linux/tcp-socket-exists.ts')).tcpSocketExists;
const unknown: ConnectionLookup = () => null;

async function listen(t: ExecutionContext, served: (socket: Socket) => void = () => {}) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    served(socket.on('error', () => {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, port: (server.address() as AddressInfo).port };
}

async function metrics(t: ExecutionContext, lookUp?: ConnectionLookup): Promise<string> {
  return `127.0.0.1:${(await serveReached(t, lookUp)).port}`;
}

async function dial(t: ExecutionContext, target: Parameters<typeof dialReach>[0]) {
  const made = await dialReach(target, 5000);
  t.teardown(() => made?.close());
  return made!;
}

onLinuxAtOnce(
  'G5: a connection that reached its instance is known there, and one that was led elsewhere is not',
  async (t) => {
    const { port } = await listen(t);
    const askAt = await metrics(t, await lookUpHere());
    const made = await dial(t, { address: '127.0.0.1', port, askAt });
    t.true(await askReached({ address: '127.0.0.1', port, askAt }, made, 5000, unknown));
    const other = { address: '127.0.0.1', port: port === 1 ? 2 : 1, askAt };
    t.false(await askReached(other, made, 5000, unknown));
    t.true(made.isOpen);
  },
);

onLinuxAtOnce('G5: an instance that is alone looks its own connection up', async (t) => {
  const { port } = await listen(t);
  const target = { address: '127.0.0.1', port, askAt: null };
  const made = await dial(t, target);
  t.true(await askReached(target, made, 5000, await lookUpHere()));
});

test('what cannot be told is null', async (t) => {
  const { port } = await listen(t);
  const target = { address: '127.0.0.1', port, askAt: null };
  const made = await dial(t, target);
  t.is(await askReached(target, made, 5000, unknown), null);
  for (const askAt of [
    await metrics(t, unknown),
    'nowhere',
    `127.0.0.1:${(await listen(t, (socket) => socket.end('?'))).port}`,
  ])
    t.is(await askReached({ ...target, askAt }, made, 5000, unknown), null, askAt);
});

test('a question that nobody answers ends in time', async (t) => {
  const { port } = await listen(t);
  const target = { address: '127.0.0.1', port, askAt: `127.0.0.1:${port}` };
  t.is(await askReached(target, await dial(t, target), 50, unknown), null);
});

test('a connection that the other end resets is seen to be closed', async (t) => {
  const clients: Socket[] = [];
  const { port } = await listen(t, (socket) => clients.push(socket));
  const closed = await dial(t, { address: '127.0.0.1', port, askAt: null });
  while (clients.length === 0) await new Promise(setImmediate);
  clients[0]!.resetAndDestroy();
  for (let round = 0; closed.isOpen && round < 10_000; round++) await new Promise(setImmediate);
  t.false(closed.isOpen);
});

onLinuxAtOnce('G5: an endpoint that ends at once leaves the connection open, and found', async (t) => {
  const ended = await listen(t, (socket) => socket.end());
  const target = { address: '127.0.0.1', port: ended.port, askAt: null };
  const half = await dial(t, target);
  for (let round = 0; round < 100; round++) await new Promise(setImmediate);
  t.true(half.isOpen);
  t.true(await askReached(target, half, 5000, await lookUpHere()));
});

test('a port that is closed gives no connection', async (t) => {
  const { server, port } = await listen(t);
  await new Promise((resolve) => server.close(resolve));
  t.is(await dialReach({ address: '127.0.0.1', port, askAt: null }, 5000), null);
});
