import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type ListenOptions, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  readAfterBrokenWrite,
  unreadBytes,
  writeError,
} from '../../../src/engine/main-thread/read-after-broken-write.ts';

// The same on each Node: that an implementer of a stream writes `_write` and `_writev` is documented; that nothing else of a
// socket is touched by a failed write is not. `nodeXX node_modules/ava/entrypoints/cli.mjs` runs this file with another one.

const ANSWER = '413 too much\n';

/** A client, and a server's end that reads nothing. */
async function pair(t: ExecutionContext, at: ListenOptions): Promise<{ client: Socket; served: Socket }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(at);
  t.teardown(() => server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const to = at.path === undefined ? { port: (server.address() as AddressInfo).port, host: at.host! } : at;
  const client = connect({ ...(to as { port: number }), allowHalfOpen: true });
  t.teardown(() => client.destroy());
  const [served] = (await accepted) as [Socket];
  served.on('error', () => {});
  return { client, served };
}

/** The client writes, the server answers and closes with what it did not read. */
async function refuse({ client, served }: { client: Socket; served: Socket }): Promise<void> {
  await new Promise((resolve) => client.write('the beginning', resolve));
  await new Promise((resolve) => served.write(ANSWER, resolve));
  served.destroy();
  await once(served, 'close');
}

/** Everything that the socket gives before it is over. */
function text(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  return new Promise((resolve) => {
    socket.on('end', () => resolve(text));
    socket.on('error', () => resolve(text + (unreadBytes(socket) ?? '')));
  });
}

const CALLS = {
  tcp: async () => ({ host: '127.0.0.1', port: 0 }),
  unix: async (t: ExecutionContext) => {
    const folder = await mkdtemp(join(tmpdir(), 'herald-'));
    t.teardown(() => rm(folder, { recursive: true }));
    return { path: join(folder, 'socket') };
  },
};

for (const [kind, address] of Object.entries(CALLS)) {
  test(`${kind}: after a write has failed the socket is read to its end`, async (t) => {
    const both = await pair(t, await address(t));
    const { client } = both;
    const told: (string | undefined)[] = [];
    t.true(readAfterBrokenWrite(client, ({ code }) => told.push(code)));
    t.is(writeError(client), null);
    client.pause();
    await refuse(both);
    // The first may still be taken, where the reset has not been met.
    for (let count = 0; count < 3; count++) await new Promise((resolve) => client.write('more', resolve));
    t.is(told.length, 1);
    t.is(writeError(client)?.code, told[0]);
    t.true(['EPIPE', 'ECONNRESET'].includes(told[0]!), told[0]);
    t.false(client.destroyed);
    const answer = text(client);
    client.resume();
    t.is(await answer, ANSWER);
  });

  test(`${kind}: a batch of writes that fails is told once, and ends like one`, async (t) => {
    const both = await pair(t, await address(t));
    const { client } = both;
    let told = 0;
    readAfterBrokenWrite(client, () => told++);
    client.pause();
    await refuse(both);
    client.cork();
    for (let count = 0; count < 3; count++) client.write('more');
    client.uncork();
    const ended = new Promise((resolve) => client.end('and an end', () => resolve(true)));
    const answer = text(client);
    client.resume();
    t.is(await answer, ANSWER);
    await ended;
    t.is(told, 1);
  });
}

test('a socket that is given to another owner tells the new one, also if a write has failed before', async (t) => {
  const both = await pair(t, await CALLS.tcp());
  const { client } = both;
  const told: string[] = [];
  readAfterBrokenWrite(client, () => told.push('first'));
  readAfterBrokenWrite(client, () => told.push('second'));
  client.pause();
  await refuse(both);
  await new Promise((resolve) => client.write('more', resolve));
  t.deepEqual(told, ['second']);
  readAfterBrokenWrite(client, (error) => told.push(`third: ${error === writeError(client)}`));
  t.deepEqual(told, ['second', 'third: true']);
  const answer = text(client);
  client.resume();
  t.is(await answer, ANSWER);
});

test('what a socket has received is still there when reading it fails', async (t) => {
  const { client, served } = await pair(t, await CALLS.tcp());
  readAfterBrokenWrite(client, () => {});
  const failed = new Promise<void>((resolve) => client.once('error', () => resolve()));
  client.pause();
  client.read(0);
  await new Promise((resolve) => client.write('the beginning', resolve));
  for (const part of ['413 ', 'too ', 'much\n']) served.write(part);
  while (client.readableLength < ANSWER.length) await new Promise(setImmediate);
  served.resetAndDestroy();
  await failed;
  t.is(`${unreadBytes(client)}`, ANSWER);
  t.is(unreadBytes(client), null);
});

test('writes that go well are written, in order, and called back', async (t) => {
  const { client, served } = await pair(t, await CALLS.tcp());
  readAfterBrokenWrite(client, () => t.fail());
  client.write('one ');
  client.cork();
  client.write('two ');
  client.write('three ');
  client.uncork();
  await new Promise<void>((resolve) => client.write('four', () => resolve()));
  client.end();
  const all = text(served);
  served.resume();
  t.is(await all, 'one two three four');
});

test('a socket that writes in another way is left as it is', (t) => {
  const socket = new Socket();
  const other = Object.assign(socket, { _writev: undefined });
  t.false(readAfterBrokenWrite(other, () => {}));
  t.is(writeError(other), null);
});
