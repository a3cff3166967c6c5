import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import test from 'ava';
import { resetSocket } from '../../src/accept/reset-socket.ts';
import { Connection } from '../helpers/connection.ts';
import { listening } from './listening.ts';

test('a TCP socket is reset, and a second time is nothing', async (t) => {
  const server = createServer();
  const port = await listening(t, server);
  const accepted = once(server, 'connection');
  const connection = await Connection.to({ port, host: '127.0.0.1' });
  const [socket] = (await accepted) as [Socket];
  resetSocket(socket);
  resetSocket(socket);
  t.is(await connection.ending, 'reset');
});

test('a stream that knows no reset is destroyed', (t) => {
  const stream = new Duplex();
  resetSocket(stream as Socket);
  t.true(stream.destroyed);
});
