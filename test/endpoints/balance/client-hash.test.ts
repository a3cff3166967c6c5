import test from 'ava';
import { ClientHash } from '../../../src/endpoints/balance/client-hash.ts';
import { RoundRobin } from '../../../src/endpoints/balance/round-robin.ts';
import { hashCell } from '../../../src/endpoints/maglev.ts';
import { Ring } from '../../../src/endpoints/ring.ts';
import { ringOf } from './rings.ts';

const create = () => new ClientHash(new RoundRobin(() => 0));
const client = (index: number) => Uint8Array.of(192, 0, index >> 8, index);
const slotOf = (ring: Ring, of: Uint8Array) => ring.endpoints[create().pick(ring, of)]!.slot;

test('a client has the endpoint of its cell, every time and for every worker', (t) => {
  const ring = ringOf(10);
  const picker = create();
  for (let index = 0; index < 100; index++) {
    const expected = ring.snapshot.hashTable![hashCell(client(index))]!;
    t.is(picker.pick(ring, client(index)), expected);
    t.is(create().pick(ring, client(index)), expected);
  }
});

test('the clients of an endpoint that is left out go to all the others, and nobody else moves', (t) => {
  const [whole, less] = [ringOf(10), ringOf(10, [3])];
  const now = new Map<number, number>();
  for (let index = 0; index < 5000; index++) {
    const [before, after] = [slotOf(whole, client(index)), slotOf(less, client(index))];
    if (before !== 103) t.is(after, before);
    else now.set(after, (now.get(after) ?? 0) + 1);
  }
  t.is(now.size, 9);
  t.false(now.has(103));
});

test('with nearly everything left out every client still has an endpoint, and always the same', (t) => {
  const ring = ringOf(
    1000,
    Array.from({ length: 997 }, (_, at) => at + 1),
  );
  t.is(ring.size, 3);
  const picks = new Map<number, number>();
  for (let index = 0; index < 300; index++) {
    const at = create().pick(ring, client(index));
    t.is(create().pick(ring, client(index)), at);
    picks.set(at, (picks.get(at) ?? 0) + 1);
  }
  t.is(picks.size, 3);
  for (const count of picks.values()) t.true(count > 50, `${[...picks.values()]}`);
});

test('clients without an address are balanced in turn', (t) => {
  const picker = create();
  const ring = ringOf(3);
  t.deepEqual([picker.pick(ring, null), picker.pick(ring, null), picker.pick(ring, null)], [0, 1, 2]);
});

test('without a table the clients are still shared out, each to one endpoint', (t) => {
  const { snapshot, endpoints } = ringOf(4);
  const ring = new Ring({ ...snapshot, hashTable: null }, endpoints);
  const picks = new Set(Array.from({ length: 50 }, (_, index) => create().pick(ring, client(index))));
  t.is(picks.size, 4);
  t.is(create().pick(ring, client(7)), create().pick(ring, client(7)));
});

test('the clients of an endpoint that refuses go where they would if it were left out', (t) => {
  const [whole, less] = [ringOf(10), ringOf(10, [3])];
  let moved = 0;
  for (let index = 0; index < 2000; index++) {
    const first = create().pick(whole, client(index));
    const again = create().pick(whole, client(index), new Set([first]));
    t.not(again, first);
    if (first !== 3) continue;
    moved++;
    t.is(whole.endpoints[again]!.slot, slotOf(less, client(index)));
  }
  t.true(moved > 100);
});

test('whatever was tried, a client has one that was not, with a table or without', (t) => {
  const { snapshot, endpoints } = ringOf(4);
  for (const hashTable of [snapshot.hashTable, null]) {
    const ring = new Ring({ ...snapshot, hashTable }, endpoints);
    const tried = new Set<number>();
    while (tried.size < 4) tried.add(create().pick(ring, client(7), tried));
    t.deepEqual([...tried].sort(), [0, 1, 2, 3]);
  }
});
