import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { resetSocket } from '../../src/accept/reset-socket.ts';
import { Connection } from '../helpers/connection.ts';
import { listening } from './listening.ts';

async function accepted(t: ExecutionContext): Promise<{ socket: Socket; connection: Connection }> {
  const server = createServer();
  const port = await listening(t, server);
  const first = once(server, 'connection');
  const connection = await Connection.to({ port, host: '127.0.0.1' });
  const [socket] = (await first) as [Socket];
  return { socket, connection };
}

test('a TCP socket is reset, and a second time is nothing', async (t) => {
  const { socket, connection } = await accepted(t);
  resetSocket(socket);
  resetSocket(socket);
  t.is(await connection.ending, 'reset');
});

test('a socket that has just ended its stream is closed all the same, without an error', async (t) => {
  const { socket, connection } = await accepted(t);
  const closed = once(socket, 'close');
  socket.end('bye');
  resetSocket(socket);
  await closed;
  t.is((await connection.readToEnd()).toString(), 'bye');
  t.is(await connection.ending, 'fin');
  connection.destroy();
});

test('a stream that knows no reset is destroyed', (t) => {
  const stream = new Duplex();
  resetSocket(stream as Socket);
  t.true(stream.destroyed);
});

test('a socket that is connected, and has not heard of it, is reset all the same', async (t) => {
  const server = createServer();
  const port = await listening(t, server);
  const endings: Promise<string>[] = [];
  server.on('connection', (socket) => endings.push(new Connection(socket).ending));
  for (let count = 0; count < 20; count++) {
    const socket = connect(port, '127.0.0.1');
    resetSocket(socket);
    resetSocket(socket);
    await once(socket, 'close');
  }
  // By then, earlier events have been handled.
  const last = await Connection.to({ port, host: '127.0.0.1' });
  last.end();
  while (endings.length === 0 || (await endings.at(-1)) !== 'fin') await new Promise(setImmediate);
  t.is((await Promise.all(endings)).filter((ending) => ending !== 'reset').length, 1);
  last.destroy();
});
