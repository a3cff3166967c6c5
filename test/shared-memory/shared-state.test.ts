import test from 'ava';
import { ENDPOINT_SLOTS } from '../../src/endpoints/endpoint-state.ts';
import { clientTableCells } from '../../src/shared-memory/client-entries.ts';
import { ROW_CELLS } from '../../src/shared-memory/counters.ts';
import {
  counterRow,
  createSharedState,
  growCounters,
  listenerRows,
  sumCounters,
} from '../../src/shared-memory/shared-state.ts';

const WORKERS = 3;
const LISTENERS = 4;
const create = (clients = 10) =>
  createSharedState({ workers: WORKERS, listeners: LISTENERS, clients, seed: 5 });

const PARTS = [
  'busyMs',
  'reserved',
  'endpointSessions',
  'endpointFailures',
  'failedConnects',
  'lastFailure',
  'lastFailureAt',
  'ejections',
  'probedDown',
  'ejectedUntil',
  'ejectionEpoch',
  'routesMissing',
  'clients',
] as const;

test('the state is one block of shared memory and one of counters, and begins with zeros', (t) => {
  const state = create();
  t.true(state.counters instanceof SharedArrayBuffer);
  t.true(new Float64Array(state.counters).every((cell) => cell === 0));
  t.true(state.reserved.buffer instanceof SharedArrayBuffer);
  for (const part of PARTS) {
    t.is(state[part].buffer, state.reserved.buffer, part);
    t.true(
      state[part].every((cell) => cell === 0),
      part,
    );
  }
});

test('every part has the room that it needs', (t) => {
  const state = create(100);
  t.deepEqual(
    PARTS.map((part) => state[part].length),
    [
      WORKERS,
      LISTENERS,
      ENDPOINT_SLOTS,
      ENDPOINT_SLOTS,
      ENDPOINT_SLOTS,
      ENDPOINT_SLOTS,
      ENDPOINT_SLOTS,
      ENDPOINT_SLOTS,
      ENDPOINT_SLOTS,
      ENDPOINT_SLOTS,
      1,
      4,
      clientTableCells(100),
    ],
  );
  // One more row for the main thread.
  t.is(state.counters.byteLength, (WORKERS + 1) * LISTENERS * ROW_CELLS * 8);
  t.deepEqual([state.workers, listenerRows(state), state.seed], [WORKERS, LISTENERS, 5]);
});

test('no part reaches into another, and each begins a cache line', (t) => {
  const state = create();
  const parts = PARTS.map((part) => ({
    from: state[part].byteOffset,
    to: state[part].byteOffset + state[part].byteLength,
  })).sort((a, b) => a.from - b.from);
  for (const [index, { from }] of parts.entries()) {
    t.is(from % 64, 0);
    if (index > 0) t.true(from >= parts[index - 1]!.to);
  }
  t.true(parts.at(-1)!.to <= state.reserved.buffer.byteLength);
});

test('without limits on clients their table takes no room', (t) => {
  t.is(create(0).clients.length, 0);
});

test('the rows of workers and listeners do not overlap, and are views of the state', (t) => {
  const state = create();
  let rows = 0;
  for (let worker = 0; worker <= WORKERS; worker++) {
    for (let listener = 0; listener < LISTENERS; listener++) {
      const row = counterRow(state, worker, listener);
      t.is(row.length, ROW_CELLS);
      t.true(row.every((cell) => cell === 0));
      row.fill(++rows);
    }
  }
  t.is(rows, (WORKERS + 1) * LISTENERS);
  t.true(new Float64Array(state.counters).every((cell) => cell > 0));
});

test('a scrape sums what all workers counted on one listener, and on no other', (t) => {
  const state = create();
  for (let worker = 0; worker < WORKERS; worker++) {
    for (let listener = 0; listener < LISTENERS; listener++) {
      const row = counterRow(state, worker, listener);
      row[0] = 10 ** worker * (listener + 1);
      row[ROW_CELLS - 1] = listener;
    }
  }
  for (let listener = 0; listener < LISTENERS; listener++) {
    const sum = sumCounters(state, listener);
    t.deepEqual([sum.length, sum[0], sum.at(-1)], [ROW_CELLS, 111 * (listener + 1), WORKERS * listener]);
  }
});

test('a sum is a copy: counting on does not change it', (t) => {
  const state = create();
  const sum = sumCounters(state, 0);
  counterRow(state, 0, 0)[0] = 1;
  t.is(sum[0], 0);
});

test('rows for further listeners leave those before where they are, and are seen by who has the state already', (t) => {
  const state = createSharedState({ workers: 1, listeners: 1, mostListeners: 3, clients: 0, seed: 5 });
  const elsewhere = structuredClone(state);
  const first = counterRow(state, 0, 0);
  first[0] = 7;
  t.true(growCounters(state, 3));
  t.deepEqual([listenerRows(state), listenerRows(elsewhere), state.reserved.length], [3, 3, 3]);
  counterRow(elsewhere, 1, 2)[0] = 5;
  first[0] += 1;
  t.deepEqual(
    [0, 1, 2].map((listener) => sumCounters(state, listener)[0]),
    [8, 0, 5],
  );
});

test('more listeners than addresses were reserved for get no rows, and fewer are there already', (t) => {
  const state = createSharedState({ workers: 1, listeners: 2, mostListeners: 3, clients: 0, seed: 5 });
  t.false(growCounters(state, 4));
  t.true(growCounters(state, 1));
  t.is(listenerRows(state), 2);
});
