import test from 'ava';
import { RowTable } from '../../src/control/row-table.ts';
import { ENDPOINT_SLOTS } from '../../src/endpoints/endpoint-state.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { COUNTER } from '../../src/shared-memory/counters.ts';
import {
  counterRow,
  createSharedState,
  listenerRows,
  sumCounters,
} from '../../src/shared-memory/shared-state.ts';

const REST_MS = 60_000;
const GONE_MS = 15 * REST_MS;

function create(listeners = 8) {
  const state = createSharedState({
    workers: 1,
    listeners: 1,
    mostListeners: listeners,
    clients: 0,
    seed: 1,
  });
  const table = new RowTable(state);
  let now = 0;
  /** Puts a plan in force whose one listener has these endpoints. */
  const plan = (...endpoints: readonly string[]) => {
    const slots = table.slots('web', endpoints);
    table.settle(['web'], now);
    return slots;
  };
  /** Time passes, and the plan in force is settled once more. */
  const rest = (ms = REST_MS) => {
    now += ms;
    table.settle(['web'], now);
  };
  return { table, state, plan, rest };
}

test('a listener keeps its row as long as plans name it, whatever else they name', (t) => {
  const { table } = create();
  t.deepEqual([table.listener('web'), table.listener('mail'), table.listener('web')], [0, 1, 0]);
  table.settle(['web', 'mail'], 0);
  table.settle(['web', 'mail'], 10 * REST_MS);
  t.deepEqual([table.listener('other'), table.listener('mail'), table.listener('web')], [2, 1, 0]);
});

test('the row of a name that is gone rests, and is another’s then, with counters that begin anew', (t) => {
  const { table, state } = create();
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
  const { table, state } = create();
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
  const { table, state } = create();
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
  const { table, state } = create();
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
  const { table } = create();
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
  const { table, state } = create(10_000);
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
  const { table, state } = create(3);
  for (const name of ['a', 'b', 'c']) table.listener(name);
  counterRow(state, 0, 0)[COUNTER.opened] = 1;
  table.settle(['a', 'b', 'c'], 0);
  table.settle(['c'], 0);
  t.is(table.listener('d'), 1);
  t.throws(() => table.listener('e'), { instanceOf: StartError });
});

test('the total of all counters never goes back, whoever has the rows', (t) => {
  const { table, state } = create(1);
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
  const { table } = create();
  table.listener('web');
  table.settle(['web'], 0);
  table.listener('failed');
  table.abandon(1);
  t.is(table.listener('next'), 1);
});

test('five hundred new names one after the other, and two hundred at once, find rows', (t) => {
  const { table, state } = create(1000);
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

test('an endpoint that stays keeps its slot', (t) => {
  const { plan } = create();
  t.deepEqual(plan('a', 'b'), [0, 1]);
  t.deepEqual(plan('b', 'c'), [1, 2]);
  t.deepEqual(plan('c', 'b'), [2, 1]);
});

test('an endpoint that takes the place of another is not taken for it: as many as before are not the same', (t) => {
  const { plan, rest } = create();
  plan('a');
  plan('b');
  rest();
  t.deepEqual(plan('b', 'c'), [1, 0]);
});

test('the same address of two listeners has two slots, and in two lines of one listener it has one', (t) => {
  const { table } = create();
  t.deepEqual(table.slots('web', ['a', 'a']), [0, 0]);
  t.deepEqual(table.slots('mail', ['a']), [1]);
});

test('a slot is another’s only when it has rested: who was about to dial its endpoint may still do so', (t) => {
  const { plan, rest } = create();
  plan('a');
  t.deepEqual(plan('b'), [1]);
  rest(REST_MS - 1);
  t.deepEqual(plan('c'), [2]);
  rest(1);
  // a's slot is free now, and b's is not yet.
  t.deepEqual(plan('d', 'e'), [0, 3]);
});

test('a slot that a session has is no other’s, however long it has rested', (t) => {
  const { plan, state, rest } = create();
  plan('a');
  Atomics.add(state.endpointSessions, 0, 1);
  plan('b');
  rest();
  t.deepEqual(plan('b', 'c'), [1, 2]);
  Atomics.sub(state.endpointSessions, 0, 1);
  rest(0);
  t.deepEqual(plan('b', 'c', 'd'), [1, 2, 0]);
});

test('an endpoint that comes back has the slot of a stranger, while its sessions keep their own', (t) => {
  const { plan, state } = create();
  plan('a');
  Atomics.add(state.endpointSessions, 0, 1);
  plan();
  t.deepEqual(plan('a'), [1]);
  t.deepEqual(plan('a', 'b'), [1, 2]);
});

test('whoever gets a slot begins without failures and without an ejection', (t) => {
  const { plan, state, rest } = create();
  plan('a', 'b');
  for (const slot of [0, 1]) {
    state.endpointFailures[slot] = 3;
    state.ejectedUntil[slot] = 1e9;
  }
  plan('b');
  t.is(state.ejectedUntil[0], 1e9);
  rest();
  t.deepEqual(plan('b', 'c'), [1, 0]);
  t.deepEqual([state.endpointFailures[0], state.ejectedUntil[0]], [0, 0]);
  // That of an endpoint that stays stays as well.
  t.deepEqual([state.endpointFailures[1], state.ejectedUntil[1]], [3, 1e9]);
});

test('a plan that was not taken gives up nothing of the one that serves', (t) => {
  const { table, plan, rest } = create();
  plan('a');
  table.slots('web', ['b']);
  table.abandon(0);
  t.deepEqual(plan('a', 'c'), [0, 2]);
  rest();
  // The slots that it named are free again.
  t.deepEqual(plan('a', 'c', 'd'), [0, 2, 1]);
});

test('plans that are refused one after the other use up neither rows nor slots', (t) => {
  const { table, state, plan } = create(100);
  plan('a');
  for (let turn = 1; turn <= 300; turn++) {
    table.listener(`refused-${turn}`);
    table.slots(`refused-${turn}`, ['a', `b-${turn}`]);
    table.slots('web', ['a', `c-${turn}`]);
    table.abandon(turn * 1000);
  }
  t.true(listenerRows(state) < 70, `${listenerRows(state)}`);
  t.deepEqual(plan('a'), [0]);
  t.true(table.slots('mail', ['x'])[0]! < 200);
});

test('a listener that a plan says nothing new of keeps its slots; one that is gone gives them up', (t) => {
  const { table, plan } = create();
  table.slots('web', ['a']);
  table.slots('mail', ['a']);
  table.settle(['web', 'mail'], 0);
  plan('a', 'b');
  table.settle(['web', 'mail'], REST_MS);
  t.deepEqual(table.slots('other', ['a']), [1]);
});

test('where there is no memory for a further listener that is an error, and those before still are known', (t) => {
  const { table } = create(2);
  table.listener('a');
  table.listener('b');
  const error = t.throws(() => table.listener('c'), { instanceOf: StartError });
  t.is(error.code, 'too_many_listeners');
  t.regex(error.message, /no memory for the counters of more than 2 listeners/);
  t.deepEqual([table.listener('a'), table.listener('b')], [0, 1]);
});

test('more endpoints than there are slots are an error that takes none', (t) => {
  const { table, plan } = create();
  const all = Array.from({ length: ENDPOINT_SLOTS - 2 }, (_, index) => `${index}`);
  plan(...all);
  t.throws(() => table.slots('mail', ['a', 'b', 'c']), { instanceOf: StartError });
  t.is(new Set(table.slots('mail', ['a', 'b'])).size, 2);
});

test('more endpoints than there are slots are an error, until some have gone', (t) => {
  const { table, plan, rest } = create();
  const all = Array.from({ length: ENDPOINT_SLOTS }, (_, index) => `${index}`);
  t.is(new Set(plan(...all)).size, ENDPOINT_SLOTS);
  const error = t.throws(() => table.slots('web', [...all, 'one more']), { instanceOf: StartError });
  t.is(error.code, 'too_many_endpoints');
  table.abandon(0);
  plan(...all.slice(1));
  rest();
  t.is(table.slots('web', [...all.slice(1), 'one more']).at(-1), 0);
});
