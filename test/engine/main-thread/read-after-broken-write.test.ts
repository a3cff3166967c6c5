import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import test from 'ava';
import { readAfterBrokenWrite } from '../../../src/engine/main-thread/read-after-broken-write.ts';

const ANSWER = Buffer.alloc(100_000, 'a');

/** A server that answers whoever has sent it something, and closes with more of it unread: a reset follows the answer. */
async function startRefusing() {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.pause();
      socket.write(ANSWER, () => socket.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Sends without an end, and reads; gives the errors in their order, and how much came. */
async function visit(port: number): Promise<{ errors: string[]; came: number; isKnown: boolean }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const isKnown = readAfterBrokenWrite(socket);
  const errors: string[] = [];
  let came = 0;
  let failed = false;
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failed = true;
    errors.push(`${error.syscall} ${socket.destroyed}`);
  });
  socket.on('data', (bytes) => {
    came += bytes.length;
  });
  socket.on('end', () => socket.destroy());
  const closed = once(socket, 'close').catch(() => once(socket, 'close'));
  await once(socket, 'connect');
  const block = Buffer.alloc(2 ** 16);
  while (!socket.destroyed) {
    // In one turn of the loop a write can fail before what came is read.
    for (let at = 0; at < 8 && !failed; at++) socket.write(block);
    await new Promise(setImmediate);
  }
  await closed;
  return { errors, came, isKnown };
}

test('this Node has what it takes: what a peer sent before it stopped reading is read to its end', async (t) => {
  const server = await startRefusing();
  const { port } = server.address() as AddressInfo;
  for (let round = 0; round < 20; round++) {
    const { errors, came, isKnown } = await visit(port);
    t.true(isKnown);
    t.is(came, ANSWER.length, errors.join());
    // A failed write destroys nothing, and whatever destroys comes at the end.
    t.true(errors.filter((each) => each === 'write true').length === 0, errors.join());
  }
  server.close();
});

test('a socket of which less is known stays as it is', (t) => {
  const socket = new Socket();
  Reflect.set(socket, '_writableState', undefined);
  t.false(readAfterBrokenWrite(socket));
  t.is(socket.listenerCount('error'), 0);
  const other = new Socket();
  Reflect.set(other, '_readableState', { autoDestroy: true });
  t.false(readAfterBrokenWrite(other));
});

test('its owner destroys it: it does not end itself when both streams have', async (t) => {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  t.true(readAfterBrokenWrite(socket));
  socket.resume();
  socket.end();
  await Promise.all([once(socket, 'end'), once(socket, 'finish')]);
  await new Promise(setImmediate);
  t.false(socket.destroyed);
  socket.destroy();
  server.close();
});
