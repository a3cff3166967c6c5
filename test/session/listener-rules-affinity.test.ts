import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { NO_SLOT } from '../../src/endpoints/pool.ts';
import type { ListenerRules } from '../../src/session/listener-rules.ts';
import { AffinityTable } from '../../src/shared-memory/affinity-table.ts';
import { endpointAt, listenerPlan } from '../helpers/engine-harness.ts';
import { createWorker } from './worker.ts';

// Which endpoint is tried first.

const PEER = parseIp('192.0.2.1')!;
const POOL = [0, 1, 2, 3].map((slot) => endpointAt(8000 + slot, slot));
const OTHER = parseIp('192.0.2.2')!;
const STICKY = { endpoints: POOL, affinityMs: 60_000, ejection: { after: 1, maxShare: 1 } };

const firstSlot = (ready: ListenerRules, ip: Uint8Array | null) => ready.candidates(ip).next()?.slot;

test('without affinity the balance decides for each session', (t) => {
  const { rules } = createWorker();
  const ready = rules(listenerPlan({ endpoints: POOL }));
  t.deepEqual([firstSlot(ready, PEER), firstSlot(ready, PEER), firstSlot(ready, null)], [0, 1, 2]);
});

test('affinity has precedence over the balance; clients without affinity or address are balanced', (t) => {
  const { rules } = createWorker();
  const ready = rules(listenerPlan(STICKY));
  t.deepEqual(
    [PEER, OTHER, PEER, null, null, OTHER].map((ip) => firstSlot(ready, ip)),
    [0, 1, 0, 2, 3, 1],
  );
});

test('A2: the time of a client begins anew with each connection, and runs out without one', (t) => {
  const { rules, advance } = createWorker();
  const ready = rules(listenerPlan(STICKY));
  t.is(firstSlot(ready, PEER), 0);
  for (let come = 0; come < 3; come++) {
    advance(50_000);
    t.is(firstSlot(ready, PEER), 0);
  }
  advance(61_000);
  t.is(firstSlot(ready, PEER), 1);
});

test('A3: an endpoint that is ejected, down by a probe or gone is given up, and its client stays with the next one', (t) => {
  for (const how of ['ejected', 'probed', 'gone'] as const) {
    const { rules, state } = createWorker();
    let ready = rules(listenerPlan(STICKY));
    t.is(firstSlot(ready, PEER), 0);
    if (how === 'ejected') ready.pool.failed(POOL[0]!, 0);
    else if (how === 'probed') {
      state.probedDown[0] = 1;
      Atomics.add(state.ejectionEpoch, 0, 1);
    } else ready = rules(listenerPlan({ ...STICKY, endpoints: POOL.slice(1) }), ready);
    const now = firstSlot(ready, PEER);
    t.not(now, 0, how);
    // The first one is back; the client does not go back to it.
    ready.pool.connected(POOL[0]!);
    state.probedDown[0] = 0;
    Atomics.add(state.ejectionEpoch, 0, 1);
    ready = rules(listenerPlan(STICKY), ready);
    t.is(firstSlot(ready, PEER), now, how);
  }
});

test('A4: a change between none and ClientIP holds for the next connection', (t) => {
  const { rules } = createWorker();
  const none = rules(listenerPlan({ ...STICKY, affinityMs: 0 }));
  t.deepEqual([firstSlot(none, PEER), firstSlot(none, PEER)], [0, 1]);
  const sticky = rules(listenerPlan(STICKY), none);
  t.deepEqual([firstSlot(sticky, PEER), firstSlot(sticky, PEER)], [2, 2]);
  const again = rules(listenerPlan({ ...STICKY, affinityMs: 0 }), sticky);
  t.deepEqual([firstSlot(again, PEER), firstSlot(again, PEER)], [3, 0]);
});

test('a client whose first choice could not be reached gets affinity to the endpoint that it reached', (t) => {
  const { rules } = createWorker();
  const ready = rules(listenerPlan(STICKY));
  t.is(firstSlot(ready, PEER), 0);
  ready.cameTo(PEER, 3);
  ready.cameTo(null, 2);
  t.is(firstSlot(ready, PEER), 3);
});

test('another worker’s choice for a client is kept, unless it cannot be used here', (t) => {
  const { rules, context } = createWorker();
  const ready = rules(listenerPlan(STICKY));
  const other = new AffinityTable(context.state, 0, 60_000);
  other.choose(PEER, 2, NO_SLOT, context.now());
  t.is(firstSlot(ready, PEER), 2);
  other.choose(OTHER, 9, NO_SLOT, context.now());
  t.is(firstSlot(ready, OTHER), 0);
  t.is(other.recall(OTHER, context.now()), 0);
});

test('without a table of clients, or without endpoints, there is no affinity', (t) => {
  const alone = createWorker({ clients: 0 }).rules(listenerPlan(STICKY));
  t.deepEqual([firstSlot(alone, PEER), firstSlot(alone, PEER)], [0, 1]);
  const empty = createWorker().rules(listenerPlan({ ...STICKY, endpoints: [] }));
  t.is(firstSlot(empty, PEER), undefined);
});

test('a changed plan may balance in another way', (t) => {
  const { rules, state } = createWorker();
  const before = rules(listenerPlan({ endpoints: POOL }));
  state.endpointSessions.set([1, 1, 0, 1]);
  const after = rules(listenerPlan({ endpoints: POOL, balance: 'least-sessions' }), before);
  t.deepEqual([firstSlot(after, PEER), firstSlot(after, PEER)], [2, 2]);
});
