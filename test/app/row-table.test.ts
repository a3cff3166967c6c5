import test from 'ava';
import { RowTable } from '../../src/app/row-table.ts';
import { ENDPOINT_SLOTS } from '../../src/endpoints/endpoint-state.ts';
import { createSharedState } from '../../src/proxy/shared-state.ts';
import { StartError } from '../../src/proxy/start-error.ts';

function create(listeners = 8) {
  const table = new RowTable(listeners);
  const state = createSharedState({ workers: 1, listeners, clients: 0, seed: 1 });
  /** A plan whose one listener has these endpoints, taken and in force. */
  const plan = (...endpoints: readonly string[]) => {
    const slots = endpoints.map((endpoint) => table.slot('web', endpoint));
    table.settle(state);
    return slots;
  };
  return { table, state, plan };
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

test('the same address of two listeners has two slots, and two lines of one listener have one', (t) => {
  const { table } = create();
  t.not(table.slot('web', 'a'), table.slot('mail', 'a'));
  t.is(table.slot('web', 'a'), table.slot('web', 'a'));
});

test('a slot is another’s only after a plan without it, and one more settle after that', (t) => {
  const { plan } = create();
  plan('a');
  // Until this plan was in force a session could still be given to it; workers may know it until the next one is.
  t.deepEqual(plan('b'), [1]);
  t.deepEqual(plan('c'), [2]);
  // Now a's slot is free, and b's is not yet.
  t.deepEqual(plan('d', 'e'), [0, 3]);
  t.deepEqual(plan('f'), [1]);
});

test('a slot that a session has is no other’s, until it has ended and a plan was settled', (t) => {
  const { plan, state } = create();
  plan('a');
  Atomics.add(state.endpointSessions, 0, 1);
  plan('b');
  plan('b');
  t.deepEqual(plan('b', 'c'), [1, 2]);
  Atomics.sub(state.endpointSessions, 0, 1);
  t.deepEqual(plan('b', 'c', 'd'), [1, 2, 3]);
  t.deepEqual(plan('b', 'c', 'd', 'e'), [1, 2, 3, 0]);
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
  const { plan, state } = create();
  plan('a', 'b');
  for (const slot of [0, 1]) {
    state.endpointFailures[slot] = 3;
    state.ejectedUntil[slot] = 1e9;
  }
  plan('b');
  t.is(state.ejectedUntil[0], 1e9);
  plan('b');
  t.deepEqual(plan('b', 'c'), [1, 0]);
  t.deepEqual([state.endpointFailures[0], state.ejectedUntil[0]], [0, 0]);
  // That of an endpoint that stays stays as well.
  t.deepEqual([state.endpointFailures[1], state.ejectedUntil[1]], [3, 1e9]);
});

test('a plan that was not taken gives up nothing of the one that serves', (t) => {
  const { table, plan } = create();
  plan('a');
  // Read, but never settled: it could not be put in force.
  table.slot('web', 'b');
  t.deepEqual(plan('a', 'c'), [0, 2]);
  t.deepEqual(plan('a', 'c'), [0, 2]);
  t.deepEqual(plan('a', 'c'), [0, 2]);
  t.deepEqual(plan('a', 'c', 'd'), [0, 2, 1]);
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
  const { table, plan } = create();
  const all = Array.from({ length: ENDPOINT_SLOTS }, (_, index) => `${index}`);
  t.deepEqual(new Set(plan(...all)).size, ENDPOINT_SLOTS);
  const error = t.throws(() => table.slot('web', 'one more'), { instanceOf: StartError });
  t.is(error.code, 'too_many_endpoints');
  plan(...all.slice(1));
  plan(...all.slice(1));
  t.is(table.slot('web', 'one more'), 0);
});
