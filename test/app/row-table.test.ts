import test from 'ava';
import { RowTable } from '../../src/app/row-table.ts';
import { ENDPOINT_SLOTS } from '../../src/endpoints/endpoint-state.ts';
import { createSharedState } from '../../src/proxy/shared-state.ts';
import { StartError } from '../../src/proxy/start-error.ts';

const REST_MS = 60_000;

function create(listeners = 8) {
  const table = new RowTable(listeners);
  const state = createSharedState({ workers: 1, listeners, clients: 0, seed: 1 });
  let now = 0;
  /** A plan whose one listener has these endpoints, taken and in force. */
  const plan = (...endpoints: readonly string[]) => {
    const slots = table.slots('web', endpoints);
    table.settle(['web'], state, now);
    return slots;
  };
  /** Time passes, and the plan in force is settled once more. */
  const rest = (ms = REST_MS) => {
    now += ms;
    table.settle(['web'], state, now);
  };
  return { table, state, plan, rest };
}

test('a listener keeps its row as long as the process runs, whatever plans come between', (t) => {
  const { table, plan } = create();
  t.deepEqual([table.listener('web'), table.listener('mail'), table.listener('web')], [0, 1, 0]);
  plan('a');
  plan();
  t.deepEqual([table.listener('other'), table.listener('mail'), table.listener('web')], [2, 1, 0]);
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
  table.abandon();
  rest();
  t.deepEqual(plan('a', 'c'), [0, 2]);
  rest();
  // And what it had named is free again.
  t.deepEqual(plan('a', 'c', 'd'), [0, 2, 1]);
});

test('a listener that a plan says nothing new of keeps its slots; one that is gone gives them up', (t) => {
  const { table, state, plan } = create();
  table.slots('web', ['a']);
  table.slots('mail', ['a']);
  table.settle(['web', 'mail'], state, 0);
  plan('a', 'b');
  table.settle(['web', 'mail'], state, REST_MS);
  t.deepEqual(table.slots('other', ['a']), [1]);
});

test('more names of listeners than there is room for are an error, and those before still are known', (t) => {
  const { table } = create(2);
  table.listener('a');
  table.listener('b');
  const error = t.throws(() => table.listener('c'), { instanceOf: StartError });
  t.is(error.code, 'too_many_listeners');
  t.regex(error.message, /room for 2 names.*restart Herald/);
  t.deepEqual([table.listener('a'), table.listener('b')], [0, 1]);
});

test('more endpoints than there are slots are an error, until some have gone', (t) => {
  const { table, plan, rest } = create();
  const all = Array.from({ length: ENDPOINT_SLOTS }, (_, index) => `${index}`);
  t.is(new Set(plan(...all)).size, ENDPOINT_SLOTS);
  const error = t.throws(() => table.slots('web', [...all, 'one more']), { instanceOf: StartError });
  t.is(error.code, 'too_many_endpoints');
  table.abandon();
  plan(...all.slice(1));
  rest();
  t.is(table.slots('web', [...all.slice(1), 'one more']).at(-1), 0);
});
