import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { WAITING_ROOM, WaitingRoom } from '../../../src/engine/main-thread/waiting-room.ts';
import { Connection } from '../../helpers/connection.ts';

/** So many sockets of a server, in order, and who is at their other ends. */
async function sockets(t: ExecutionContext, count: number) {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted: Socket[] = [];
  const clients: Connection[] = [];
  for (let each = 0; each < count; each++) {
    const next = once(server, 'connection');
    clients.push(await Connection.to({ port, host: '127.0.0.1' }));
    accepted.push((await next)[0]);
  }
  t.teardown(() => {
    for (const { socket } of clients) socket.destroy();
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  return { accepted, clients };
}

test('who waited longest is next, and nobody is left behind them', async (t) => {
  const { accepted } = await sockets(t, 2);
  const room = new WaitingRoom(() => t.fail());
  for (const socket of accepted) t.true(room.hold(socket));
  t.is(room.size, 2);
  t.deepEqual([room.next(), room.next(), room.next()], [accepted[0], accepted[1], null]);
  t.deepEqual(
    accepted.map((socket) => socket.listenerCount('error')),
    [0, 0],
  );
});

test('who gives up leaves the room by itself', async (t) => {
  const { accepted } = await sockets(t, 1);
  const left = new Promise<void>((resolve) => {
    const room: WaitingRoom = new WaitingRoom(() => {
      t.is(room.size, 0);
      resolve();
    });
    room.hold(accepted[0]!);
  });
  accepted[0]!.destroy(new Error('broken'));
  await left;
});

test('who is broken but not gone yet is nobody to be served, and can still break', async (t) => {
  const { accepted } = await sockets(t, 1);
  const room = new WaitingRoom(() => t.fail());
  room.hold(accepted[0]!);
  const closed = new Promise((resolve) => accepted[0]!.once('close', resolve));
  accepted[0]!.destroy(new Error('broken'));
  t.is(room.next(), null);
  t.is(room.size, 0);
  await closed;
});

test('a room that closes resets all who wait', async (t) => {
  const { accepted, clients } = await sockets(t, 2);
  let gone = 0;
  const room = new WaitingRoom(() => {
    gone++;
  });
  for (const socket of accepted) room.hold(socket);
  room.close();
  t.deepEqual([room.size, gone], [0, 1]);
  t.deepEqual(await Promise.all(clients.map(({ ending }) => ending)), ['reset', 'reset']);
});

test('a full room takes nobody', (t) => {
  const room = new WaitingRoom(() => {});
  const socket = () => ({ on: () => {} }) as unknown as Socket;
  for (let each = 0; each < WAITING_ROOM; each++) t.true(room.hold(socket()));
  t.false(room.hold(socket()));
  t.is(room.size, WAITING_ROOM);
});

test('there is room for so many, and for all of a listener that closes', (t) => {
  const room = new WaitingRoom(() => {});
  const held = Array.from({ length: WAITING_ROOM + 2 }, () => room.hold(new Socket()));
  t.deepEqual(held.slice(-2), [false, false]);
  t.is(room.size, WAITING_ROOM);
  t.true(room.hold(new Socket(), true));
  t.is(room.size, WAITING_ROOM + 1);
});
