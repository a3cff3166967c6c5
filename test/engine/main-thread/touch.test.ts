import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import test from 'ava';
import { touch } from '../../../src/engine/main-thread/touch.ts';
import { Connection } from '../../helpers/connection.ts';

test('a peer that is there is sent nothing, and one that has reset is noticed without reading', async (t) => {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection');
  const peer = await Connection.to({ port, host: '127.0.0.1' });
  const [socket] = (await accepted) as [Socket];
  t.false(touch(socket));
  socket.write('x');
  t.is(await peer.readText(1), 'x');
  t.is(peer.received.length, 0);
  peer.write('unread');
  await new Promise((resolve) => peer.socket.write('', resolve));
  const error = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
  peer.reset();
  await peer.closed;
  t.true(touch(socket));
  t.is((await error).code, 'ECONNRESET');
  t.is(socket.bytesRead, 0);
  // One that is closed, or has ended its stream, is left alone.
  touch(socket);
});
