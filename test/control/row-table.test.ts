import test from 'ava';
import { StartError } from '../../src/plan/start-error.ts';
import { COUNTER } from '../../src/shared-memory/counters.ts';
import { counterRow, listenerRows, sumCounters } from '../../src/shared-memory/shared-state.ts';
import { createTable, REST_MS } from './row-table-parts.ts';

const GONE_MS = 15 * REST_MS;

test('a listener keeps its row as long as plans name it, whatever else they name', (t) => {
  const { table } = createTable();
  t.deepEqual([table.listener('web'), table.listener('mail'), table.listener('web')], [0, 1, 0]);
  table.settle(['web', 'mail'], 0);
  table.settle(['web', 'mail'], 10 * REST_MS);
  t.deepEqual([table.listener('other'), table.listener('mail'), table.listener('web')], [2, 1, 0]);
});

test('the row of a name that is gone rests, and is another’s then, with counters that begin anew', (t) => {
  const { table, state } = createTable();
  table.listener('old');
  counterRow(state, 0, 0).fill(3);
  counterRow(state, 1, 0).fill(3);
  table.listener('web');
  table.settle(['old', 'web'], 0);
  table.settle(['web'], 0);
  table.settle(['web'], GONE_MS - 1);
  t.is(table.listener('early'), 2);
  table.settle(['web', 'early'], GONE_MS);
  t.is(table.listener('late'), 0);
  t.true(sumCounters(state, 0).every((cell) => cell === 0));
});

test('a name that comes back while its row rests has it again, and its counters go on', (t) => {
  const { table, state } = createTable();
  table.listener('web');
  counterRow(state, 0, 0)[COUNTER.opened] = 3;
  counterRow(state, 0, 0)[COUNTER.ended] = 3;
  table.settle([], 0);
  t.is(table.listener('web'), 0);
  table.settle(['web'], 1);
  table.settle(['web'], GONE_MS);
  t.is(table.listener('other'), 1);
  t.is(sumCounters(state, 0)[COUNTER.opened], 3);
});

test('a row is no other’s while sessions of its old name go on, and rests once they have ended', (t) => {
  const { table, state } = createTable();
  table.listener('old');
  const row = counterRow(state, 0, 0);
  row[COUNTER.opened] = 1;
  table.settle([], 0);
  table.settle([], GONE_MS);
  t.is(table.listener('a'), 1);
  row[COUNTER.ended] = 1;
  state.reserved[0] = 1;
  table.settle(['a'], 2 * GONE_MS);
  state.reserved[0] = 0;
  table.settle(['a'], 3 * GONE_MS - 1);
  t.is(table.listener('b'), 2);
  table.settle(['a', 'b'], 3 * GONE_MS);
  t.is(table.listener('c'), 0);
});

test('a listener that has vanished is known for a quarter of an hour, and longer while sessions of it end', (t) => {
  const { table, state } = createTable();
  const row = counterRow(state, 0, table.listener('web'));
  table.settle(['web'], 0);
  t.deepEqual(table.gone(0), []);
  row[COUNTER.opened] = 1;
  table.settle([], 1000);
  t.deepEqual(table.gone(1000), [{ id: 0, name: 'web' }]);
  // Its session ends just before, and that has to be scraped as well.
  row[COUNTER.ended] = 1;
  t.is(table.gone(1000 + GONE_MS).length, 1);
  t.is(table.gone(1000 + 2 * GONE_MS - 1).length, 1);
  t.deepEqual(table.gone(1000 + 2 * GONE_MS), []);
});

test('a listener that came back, and one whose plan was refused, have not vanished', (t) => {
  const { table } = createTable();
  table.listener('web');
  table.settle(['web'], 0);
  table.settle([], 0);
  table.listener('web');
  table.settle(['web'], 1);
  table.listener('refused');
  table.abandon(2);
  t.deepEqual(table.gone(3), []);
});

test('a hundred thousand renames in one moment need a bounded number of rows and slots', (t) => {
  const { table, state } = createTable(10_000);
  const used = counterRow(state, 0, table.listener('used'));
  used[COUNTER.opened] = 1;
  table.slots('used', ['a']);
  Atomics.add(state.endpointSessions, 0, 1);
  table.settle(['used'], 0);
  for (let turn = 0; turn < 100_000; turn++) {
    const name = `renamed-${turn}`;
    t.not(table.listener(name), 0);
    t.not(table.slots(name, ['a'])[0], 0);
    table.settle([name], 0);
  }
  t.true(listenerRows(state) < 4200, `${listenerRows(state)}`);
  t.true(table.gone(0).length <= 4096);
  t.true(table.gone(0).some(({ name }) => name === 'used'));
});

test('where rows run short, the listener that vanished first loses its own, unless sessions use it', (t) => {
  const { table, state } = createTable(3);
  for (const name of ['a', 'b', 'c']) table.listener(name);
  counterRow(state, 0, 0)[COUNTER.opened] = 1;
  table.settle(['a', 'b', 'c'], 0);
  table.settle(['c'], 0);
  t.is(table.listener('d'), 1);
  t.throws(() => table.listener('e'), { instanceOf: StartError });
});

test('the total of all counters never goes back, whoever has the rows', (t) => {
  const { table, state } = createTable(1);
  counterRow(state, 0, table.listener('a'))[COUNTER.opened] = 3;
  counterRow(state, 0, 0)[COUNTER.ended] = 3;
  table.settle(['a'], 0);
  table.settle([], 0);
  t.is(table.total()[COUNTER.opened], 3);
  t.is(table.listener('b'), 0);
  t.is(table.total()[COUNTER.opened], 3);
  counterRow(state, 1, 0)[COUNTER.opened] = 2;
  t.is(table.total()[COUNTER.opened], 5);
});

test('a name of a plan that could not be put in force gives its row back, too', (t) => {
  const { table } = createTable();
  table.listener('web');
  table.settle(['web'], 0);
  table.listener('failed');
  table.abandon(1);
  t.is(table.listener('next'), 1);
});

test('five hundred new names one after the other, and two hundred at once, find rows', (t) => {
  const { table, state } = createTable(1000);
  for (let turn = 0; turn < 500; turn++) {
    table.listener(`renamed-${turn}`);
    table.settle([`renamed-${turn}`], turn * 30_000);
  }
  // A quarter of an hour of them goes on being counted.
  t.true(listenerRows(state) < 35, `${listenerRows(state)}`);
  const many = Array.from({ length: 200 }, (_, index) => table.listener(`many-${index}`));
  t.is(new Set(many).size, 200);
  t.true(many.every((row) => sumCounters(state, row).length > 0));
});

test('where there is no memory for a further listener that is an error, and those before still are known', (t) => {
  const { table } = createTable(2);
  table.listener('a');
  table.listener('b');
  const error = t.throws(() => table.listener('c'), { instanceOf: StartError });
  t.is(error.code, 'too_many_listeners');
  t.regex(error.message, /no memory for the counters of more than 2 listeners/);
  t.deepEqual([table.listener('a'), table.listener('b')], [0, 1]);
});
