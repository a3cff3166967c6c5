import test from 'ava';
import { HeldSockets } from '../../src/listening/held-sockets.ts';
import type { ListenAddress } from '../../src/plan/plan.ts';

const tcp = (port: number, last = 1): ListenAddress => ({
  kind: 'tcp',
  ip: Uint8Array.of(127, 0, 0, last),
  port,
});
const held = (name: string, address: ListenAddress, fd: number) => ({ name, address, worker: 0, fd });
const fdsOf = (sockets: Iterable<{ readonly fd: number }>) => [...sockets].map(({ fd }) => fd);

test('a socket is found by its address, whoever had it before', (t) => {
  const path = { kind: 'unix', path: '/run/web' } as const;
  const sockets = new HeldSockets([held('a', tcp(80), 3), held('a', tcp(80), 4), held('b', path, 5)]);
  t.deepEqual(fdsOf(sockets.find({ name: 'new', listen: tcp(80) })), [3, 4]);
  t.deepEqual(fdsOf(sockets.find({ name: 'new', listen: path })), [5]);
  t.deepEqual(sockets.find({ name: 'a', listen: tcp(81) }), []);
  t.deepEqual(sockets.find({ name: 'a', listen: tcp(80, 2) }), []);
});

test('port 0 finds the socket of the same listener and IP address alone', (t) => {
  const sockets = new HeldSockets([held('a', tcp(4001), 3), held('b', tcp(4002), 4)]);
  t.deepEqual(fdsOf(sockets.find({ name: 'b', listen: tcp(0) })), [4]);
  t.deepEqual(sockets.find({ name: 'b', listen: tcp(0, 2) }), []);
  t.deepEqual(sockets.find({ name: 'c', listen: tcp(0) }), []);
});

test('what was removed is found neither by its address nor for port 0', (t) => {
  const sockets = new HeldSockets([held('a', tcp(4001), 3), held('b', tcp(4002), 4)]);
  sockets.remove(sockets.find({ name: 'x', listen: tcp(4001) }));
  t.deepEqual(sockets.find({ name: 'a', listen: tcp(4001) }), []);
  t.deepEqual(sockets.find({ name: 'a', listen: tcp(0) }), []);
  t.deepEqual(fdsOf(sockets), [4]);
});

test('of thousands of sockets, finding one looks at no other', (t) => {
  const count = 2000;
  let looks = 0;
  const sockets = new HeldSockets(
    Array.from({ length: count }, (_, at) => ({
      ...{ name: `l${at}`, worker: 0, fd: at },
      get address() {
        looks++;
        return tcp(1 + at);
      },
    })),
  );
  looks = 0;
  for (let at = 0; at < count; at++) sockets.remove(sockets.find({ name: 'x', listen: tcp(1 + at) }));
  t.deepEqual(fdsOf(sockets), []);
  t.true(looks <= 2 * count, `${looks} looks`);
});
