import test from 'ava';
import { ENDPOINT_SLOTS } from '../../src/endpoints/endpoint-state.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { listenerRows } from '../../src/shared-memory/shared-state.ts';
import { createTable, REST_MS } from './row-table-parts.ts';

test('an endpoint that stays keeps its slot', (t) => {
  const { plan } = createTable();
  t.deepEqual(plan('a', 'b'), [0, 1]);
  t.deepEqual(plan('b', 'c'), [1, 2]);
  t.deepEqual(plan('c', 'b'), [2, 1]);
});

test('an endpoint that takes the place of another is not taken for it: as many as before are not the same', (t) => {
  const { plan, rest } = createTable();
  plan('a');
  plan('b');
  rest();
  t.deepEqual(plan('b', 'c'), [1, 0]);
});

test('the same address of two listeners has two slots, and in two lines of one listener it has one', (t) => {
  const { table } = createTable();
  t.deepEqual(table.slots('web', ['a', 'a']), [0, 0]);
  t.deepEqual(table.slots('mail', ['a']), [1]);
});

test('a slot is another’s only when it has rested: who was about to dial its endpoint may still do so', (t) => {
  const { plan, rest } = createTable();
  plan('a');
  t.deepEqual(plan('b'), [1]);
  rest(REST_MS - 1);
  t.deepEqual(plan('c'), [2]);
  rest(1);
  // a's slot is free now, and b's is not yet.
  t.deepEqual(plan('d', 'e'), [0, 3]);
});

test('a slot that a session has is no other’s, however long it has rested', (t) => {
  const { plan, state, rest } = createTable();
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
  const { plan, state } = createTable();
  plan('a');
  Atomics.add(state.endpointSessions, 0, 1);
  plan();
  t.deepEqual(plan('a'), [1]);
  t.deepEqual(plan('a', 'b'), [1, 2]);
});

test('whoever gets a slot begins without failures and without an ejection', (t) => {
  const { plan, state, rest } = createTable();
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
  const { table, plan, rest } = createTable();
  plan('a');
  table.slots('web', ['b']);
  table.abandon(0);
  t.deepEqual(plan('a', 'c'), [0, 2]);
  rest();
  // The slots that it named are free again.
  t.deepEqual(plan('a', 'c', 'd'), [0, 2, 1]);
});

test('plans that are refused one after the other use up neither rows nor slots', (t) => {
  const { table, state, plan } = createTable(100);
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
  const { table, plan } = createTable();
  table.slots('web', ['a']);
  table.slots('mail', ['a']);
  table.settle(['web', 'mail'], 0);
  plan('a', 'b');
  table.settle(['web', 'mail'], REST_MS);
  t.deepEqual(table.slots('other', ['a']), [1]);
});

test('more endpoints than there are slots are an error that takes none', (t) => {
  const { table, plan } = createTable();
  const all = Array.from({ length: ENDPOINT_SLOTS - 2 }, (_, index) => `${index}`);
  plan(...all);
  t.throws(() => table.slots('mail', ['a', 'b', 'c']), { instanceOf: StartError });
  t.is(new Set(table.slots('mail', ['a', 'b'])).size, 2);
});

test('more endpoints than there are slots are an error, until some have gone', (t) => {
  const { table, plan, rest } = createTable();
  const all = Array.from({ length: ENDPOINT_SLOTS }, (_, index) => `${index}`);
  t.is(new Set(plan(...all)).size, ENDPOINT_SLOTS);
  const error = t.throws(() => table.slots('web', [...all, 'one more']), { instanceOf: StartError });
  t.is(error.code, 'too_many_endpoints');
  table.abandon(0);
  plan(...all.slice(1));
  rest();
  t.is(table.slots('web', [...all.slice(1), 'one more']).at(-1), 0);
});
