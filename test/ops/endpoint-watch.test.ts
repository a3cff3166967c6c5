import test from 'ava';
import type { KeptListener } from '../../src/control/kept-listener.ts';
import { Pool } from '../../src/endpoints/pool.ts';
import type { Endpoint } from '../../src/endpoints/snapshot.ts';
import { createEndpointWatch } from '../../src/ops/endpoint-watch.ts';
import { CONNECT_FAILURES } from '../../src/plan/connect-failure.ts';
import { endpointState, endpoints, snapshot } from '../endpoints/pool-parts.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';

const FOR_MS = 10_000;

function create({ count = 2, after = 3, maxShare = 0.5 } = {}) {
  const state = endpointState(8);
  const log = createMemoryLog();
  const clock = createManualClock();
  const all = endpoints(count);
  const ejection = { after, forMs: FOR_MS, maxShare };
  const pool = new Pool(snapshot(all), ejection, state, () => 0);
  const watch = createEndpointWatch(state, log, clock);
  const follow = (...each: readonly Endpoint[]) =>
    watch.follow([{ plan: { name: 'web', snapshot: snapshot(each), ejection } } as unknown as KeptListener]);
  follow(...all);
  const fail = (endpoint: Endpoint, times = 1) => {
    for (let count = 0; count < times; count++) {
      pool.missed(endpoint, CONNECT_FAILURES.indexOf('connect_refused'), clock.now());
      pool.failed(endpoint, clock.now());
    }
  };
  /** What was said since it was last asked for. */
  const said = (ms = 1000) => {
    clock.advance(ms);
    return log.lines.splice(0).map(({ level, fields, message }) => ({ level, ...fields, message }));
  };
  return { state, clock, pool, watch, follow, fail, said, one: all[0]!, other: all[1]! };
}

test('an ejection is a warning that names the endpoint and what its last connect met', (t) => {
  const { fail, said, one } = create();
  fail(one, 2);
  t.deepEqual(said(), []);
  fail(one);
  t.deepEqual(said(), [
    {
      level: 'warn',
      listener: 'web',
      endpoint: one.text,
      reason: 'connect_refused',
      failures: 3,
      forMs: FOR_MS,
      message: 'endpoint ejected: its connects fail',
    },
  ]);
  t.deepEqual(said(), []);
});

test('that its time is over is told, and so is each further ejection', (t) => {
  const { fail, said, one } = create();
  fail(one, 3);
  said();
  t.like(said(FOR_MS)[0], {
    level: 'info',
    endpoint: one.text,
    message: 'endpoint no longer ejected; trying it again',
  });
  // It has no new failures.
  t.deepEqual(said(), []);
  fail(one);
  t.like(said()[0], { level: 'warn', failures: 4, message: 'endpoint ejected: its connects fail' });
});

test('one that accepts a connection is told to be well', (t) => {
  const { pool, fail, said, one } = create();
  fail(one, 3);
  said();
  pool.connected(one);
  t.like(said()[0], { level: 'info', endpoint: one.text, message: 'endpoint accepts connections again' });
  t.deepEqual(said(), []);
});

test('ejections between two looks are one line that counts them', (t) => {
  const { pool, fail, said, one } = create();
  for (let round = 0; round < 3; round++) {
    fail(one, 3);
    pool.connected(one);
  }
  const [first, second] = said();
  t.like(first, { level: 'warn', times: 3 });
  t.like(second, { level: 'info', message: 'endpoint accepts connections again' });
});

test('one that fails and has to stay is a warning, once until it is well', (t) => {
  const { pool, fail, said, one, other } = create();
  fail(one, 3);
  fail(other, 3);
  const lines = said();
  t.is(lines.length, 2);
  t.like(lines[1], {
    level: 'warn',
    endpoint: other.text,
    reason: 'connect_refused',
    failures: 3,
    message: 'endpoint fails but is not ejected: as many as --eject-max allows are ejected already',
  });
  fail(other, 100);
  t.deepEqual(said(), []);
  pool.connected(other);
  t.like(said()[0], {
    level: 'info',
    endpoint: other.text,
    message: 'endpoint accepts connections again',
  });
});

test('where nobody is ever ejected failures are told all the same', (t) => {
  const { fail, said, one } = create({ after: 0 });
  fail(one, 4);
  t.deepEqual(said(), []);
  fail(one);
  t.is(said()[0]?.message, 'endpoint fails but is not ejected: --eject-after is 0');
});

for (const after of [0, 3]) {
  test(`of one that is down by its checks it is not said that it stays in the pick: --eject-after ${after}`, (t) => {
    const { state, fail, said, one } = create({ after });
    Atomics.store(state.probedDown, one.slot, 1);
    fail(one, 10);
    t.deepEqual(said(), []);
    Atomics.store(state.endpointFailures, one.slot, 0);
    Atomics.store(state.probedDown, one.slot, 0);
    t.deepEqual(said(), []);
  });
}

test('a flood of ejections is limited in rate, and summed up', (t) => {
  const { pool, fail, said, one } = create();
  const lines = Array.from({ length: 60 }, () => {
    fail(one, 3);
    pool.connected(one);
    return said(100);
  }).flat();
  t.true(lines.length > 0 && lines.length < 40, `${lines.length}`);
});

test('nothing is told of an endpoint that is no longer there', (t) => {
  const { follow, fail, said, one, other } = create();
  fail(one, 3);
  said();
  follow(other);
  t.deepEqual(said(FOR_MS), []);
});

test('of one that was left out and is back nothing is said twice', (t) => {
  const { pool, follow, fail, said, one, other } = create();
  fail(one, 3);
  t.is(said().length, 1);
  follow(other);
  said(FOR_MS);
  follow(one, other);
  t.deepEqual(
    said().map(({ message }) => message),
    ['endpoint no longer ejected; trying it again'],
  );
  pool.connected(one);
  follow(other);
  follow(one, other);
  t.deepEqual(said(), []);
});

test('of an endpoint that has the slot of another all is said', (t) => {
  const { follow, fail, said, one } = create();
  fail(one, 3);
  said();
  const next = { ...one, text: '10.9.9.9:80' };
  follow(next);
  t.like(said()[0], {
    level: 'warn',
    endpoint: next.text,
    message: 'endpoint ejected: its connects fail',
  });
});

test('nothing waits once it is stopped', (t) => {
  const { clock, watch } = create();
  watch.stop();
  t.is(clock.waiting, 0);
});
