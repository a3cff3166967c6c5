import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import test from 'ava';
import { ConnectionPlaces } from '../../src/ops/connection-places.ts';
import { createManualClock } from '../observe/manual-clock.ts';

const NEW_MS = 100;

/** Eight places, two for an address, and the connections that are still open. */
function create() {
  const clock = createManualClock();
  const places = new ConnectionPlaces({ connections: 8, perAddress: 2 }, clock);
  const there: string[] = [];
  const enter = (name: string, address: string | null) => {
    const peer = { remoteAddress: address ?? undefined };
    const socket = Object.assign(new EventEmitter(), peer) as unknown as Socket;
    socket.destroy = () => {
      there.splice(there.indexOf(name), 1);
      socket.emit('close');
      return socket;
    };
    there.push(name);
    places.enter(socket);
    return socket;
  };
  return { clock, places, there, enter };
}

const NODE = '10.0.0.1';

test('of those of one address who say nothing the first has to go, and nobody of another', (t) => {
  const { clock, there, enter, places } = create();
  for (const name of ['a', 'b', 'c']) enter(name, NODE);
  enter('d', '10.0.0.2');
  t.deepEqual(there, ['a', 'b', 'c', 'd']);
  clock.advance(NEW_MS);
  t.deepEqual(there, ['b', 'c', 'd']);
  t.is(places.size, 3);
});

test('who was answered and asks nothing goes first, the longest idle before others', (t) => {
  const { there, enter, places } = create();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => enter(name, NODE));
  for (const socket of [a!, b!, c!]) places.begin(socket, true);
  for (const socket of [b!, a!]) places.finish(socket, true);
  t.deepEqual(there, ['a', 'b', 'c']);
  places.finish(c!, true);
  t.deepEqual(there, ['a', 'c']);
});

test('what is idle goes for a scrape, then who has said nothing, then the scrape that began first', (t) => {
  const { clock, there, enter, places } = create();
  const scrape = (name: string) => places.begin(enter(name, NODE), false);
  const idle = enter('idle', NODE);
  places.begin(idle, true);
  places.finish(idle, true);
  enter('silent', NODE);
  clock.advance(NEW_MS);
  scrape('a');
  t.deepEqual(there, ['silent', 'a']);
  scrape('b');
  t.deepEqual(there, ['a', 'b']);
  scrape('c');
  t.deepEqual(there, ['b', 'c']);
});

test('a probe is kept whatever its address holds, but not one behind a scrape of its own', (t) => {
  const { clock, there, enter, places } = create();
  const probe = enter('probe', NODE);
  places.begin(probe, true);
  for (const name of ['a', 'b', 'c']) places.begin(enter(name, NODE), false);
  clock.advance(NEW_MS);
  t.deepEqual(there, ['probe', 'b', 'c']);
  places.begin(probe, false);
  t.deepEqual(there, ['b', 'c']);
});

test('a probe that comes late is a probe all the same', (t) => {
  const { clock, there, enter, places } = create();
  const probe = enter('probe', NODE);
  clock.advance(NEW_MS);
  places.begin(probe, true);
  for (const name of ['a', 'b', 'c']) enter(name, NODE);
  clock.advance(NEW_MS);
  t.deepEqual(there, ['probe', 'b', 'c']);
});

test('where all places are taken the address that has most of them loses one, and who comes has its own', (t) => {
  const { clock, there, enter, places } = create();
  enter('kubelet', '10.0.0.2');
  for (let at = 0; at < 20; at++) enter(`${at}`, NODE);
  t.deepEqual(there, ['kubelet', '13', '14', '15', '16', '17', '18', '19']);
  clock.advance(NEW_MS);
  t.deepEqual(there, ['kubelet', '18', '19']);
  t.is(places.size, 3);
});

test('a probe under way is the last that has to go for somebody else', (t) => {
  const { there, enter, places } = create();
  for (let at = 0; at < 8; at++) places.begin(enter(`${at}`, `10.0.1.${at}`), at > 0);
  enter('a', '10.0.0.2');
  t.false(there.includes('0'));
  enter('b', '10.0.0.2');
  t.deepEqual(there, ['1', '2', '3', '4', '5', '6', '7', 'b']);
});

test('whatever they do, an address has no more than its places, and all have no more than all', (t) => {
  const { clock, there, enter, places } = create();
  for (let at = 0; at < 40; at++) {
    const socket = enter(`${at}`, `10.0.0.${at % 6}`);
    places.begin(socket, at % 3 === 0);
    if (at % 3 === 0) places.finish(socket, true);
    clock.advance(at % 5 === 0 ? NEW_MS : 0);
    t.true(there.length <= 8);
    for (let ip = 0; ip < 6; ip++) t.true(there.filter((name) => Number(name) % 6 === ip).length <= 2);
  }
});

test('peers of a unix socket have no address, and only their sum counts', (t) => {
  const { clock, there, enter } = create();
  for (let at = 0; at < 10; at++) enter(`${at}`, null);
  clock.advance(NEW_MS);
  t.deepEqual(there, ['2', '3', '4', '5', '6', '7', '8', '9']);
});

test('a connection that is closed has given its place back, and nothing waits for it', (t) => {
  const { clock, there, enter, places } = create();
  enter('a', NODE).destroy();
  t.is(clock.waiting, 0);
  enter('b', NODE);
  enter('c', NODE);
  clock.advance(NEW_MS);
  t.deepEqual(there, ['b', 'c']);
  t.is(places.size, 2);
});
