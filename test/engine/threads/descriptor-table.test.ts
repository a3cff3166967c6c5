import test from 'ava';
import { DescriptorTable } from '../../../src/engine/threads/descriptor-table.ts';

function taken(table: DescriptorTable): [number, number, number][] {
  const all: [number, number, number][] = [];
  table.visitAndForget((fd, slot, entry) => all.push([fd, slot, entry]));
  return all;
}

test('what a worker has open is told once, with its slot and its entry', (t) => {
  const table = new DescriptorTable();
  table.opened(3);
  table.counted(3, 17);
  table.opened(4);
  table.dialing(5, 0);
  table.dialing(6, 9);
  table.opened(7);
  table.closed(7);
  t.deepEqual(taken(table), [
    [3, -1, 17],
    [4, -1, 0],
    [5, 0, 0],
    [6, 9, 0],
  ]);
  t.deepEqual(taken(table), []);
});

test('descriptors of listeners stay: the next worker has them', (t) => {
  const table = new DescriptorTable();
  table.listens(3);
  table.opened(4);
  t.deepEqual([table.isListening(3), table.isListening(4), table.isListening(5)], [true, false, false]);
  t.deepEqual(taken(table), [[4, -1, 0]]);
  t.true(table.isListening(3));
  table.closed(3);
  t.false(table.isListening(3));
});

test('a worker and its main thread see the same cells', (t) => {
  const table = new DescriptorTable();
  new DescriptorTable(table.cells).opened(8);
  t.deepEqual(taken(table), [[8, -1, 0]]);
});

test('descriptors beyond those that are tracked are nothing', (t) => {
  const table = new DescriptorTable();
  const beyond = 1 << 20;
  table.opened(beyond);
  table.listens(beyond);
  table.dialing(beyond, 1);
  table.counted(beyond, 1);
  table.closed(beyond);
  t.false(table.isListening(beyond));
  t.deepEqual(taken(table), []);
});
