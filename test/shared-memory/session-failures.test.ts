import test from 'ava';
import { REASON_NAMES, reasonRow } from '../../src/plan/close-reason.ts';
import { COUNTER, REASON_AT } from '../../src/shared-memory/counters.ts';
import {
  countEnding,
  failedSessions,
  isFailure,
  lastFailure,
} from '../../src/shared-memory/session-failures.ts';
import { counterRow, createSharedState, sumCounters } from '../../src/shared-memory/shared-state.ts';

const create = () => createSharedState({ workers: 2, listeners: 2, clients: 0, seed: 1 });

test('a session has failed where no endpoint was reached and its client did not go away', (t) => {
  for (const reason of [
    'no_endpoint',
    'no_local_endpoint',
    'connect_refused',
    'connect_timeout',
    'connect_unreachable',
    'connect_failed',
    'local_ports',
    'descriptors',
    'worker_lost',
    'internal_error',
  ] as const)
    t.true(isFailure(reason), reason);
  for (const reason of [
    ...(['client_closed', 'endpoint_closed', 'probe', 'client_gone', 'untrusted', 'header_invalid'] as const),
    ...(['endpoint_reset', 'idle_timeout', 'drained', 'no_endpoint_of_family'] as const),
  ])
    t.false(isFailure(reason), reason);
});

test('nothing is a refusal and a failure', (t) => {
  t.true(REASON_NAMES.length > 20);
  for (const reason of REASON_NAMES) t.false(isFailure(reason) && reasonRow(reason).refused === true, reason);
});

test('every ending is counted by its reason, and failures together', (t) => {
  const state = create();
  for (const reason of REASON_NAMES) countEnding(counterRow(state, 0, 1), reason, 5, 100);
  countEnding(counterRow(state, 1, 1), 'connect_refused', 5, 100);
  const sum = sumCounters(state, 1);
  t.is(sum[COUNTER.ended], REASON_NAMES.length + 1);
  t.is(sum[REASON_AT + REASON_NAMES.indexOf('connect_refused')], 2);
  t.is(failedSessions(sum), REASON_NAMES.filter(isFailure).length + 1);
  t.is(failedSessions(sumCounters(state, 0)), 0);
});

test('the last failure is the latest of all threads, and good endings do not hide it', (t) => {
  const state = create();
  t.is(lastFailure(state, 0), null);
  countEnding(counterRow(state, 0, 0), 'connect_refused', 5, 100);
  countEnding(counterRow(state, 2, 0), 'connect_timeout', 5, 90);
  countEnding(counterRow(state, 1, 0), 'client_closed', 5, 200);
  t.deepEqual(lastFailure(state, 0), { reason: 'connect_refused', atMs: 100 });
  countEnding(counterRow(state, 2, 0), 'no_endpoint', 5, 300);
  t.deepEqual(lastFailure(state, 0), { reason: 'no_endpoint', atMs: 300 });
  t.is(lastFailure(state, 1), null);
});
