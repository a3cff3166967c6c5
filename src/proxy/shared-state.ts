import { ENDPOINT_SLOTS, type EndpointState } from '../endpoints/endpoint-state.ts';
import { clientTableCells } from './client-entries.ts';
import { ROW_CELLS } from './counters.ts';
import { HOST_CELLS } from './host-addresses.ts';
import type { HashKey } from './sip-hash.ts';

/**
 * What all workers must agree on, in one block of shared memory that can be posted to a thread:
 * counters (one writer each, summed by the reader), endpoint slots, reservations and clients.
 */
export interface SharedState extends EndpointState {
  readonly workers: number;
  readonly listeners: number;
  /** Milliseconds that each worker has waited for something to do: the rest of its time was work. */
  readonly waitedMs: Float64Array;
  /** How often each worker was replaced. */
  readonly restarts: Int32Array;
  /** One row of `ROW_CELLS` for each worker and listener, and one more for the main thread, row `workers`. */
  readonly counters: Float64Array;
  /** Sessions reserved on each listener: one atomic for all workers. */
  readonly reserved: Int32Array;
  /** The table of clients (`ClientTable`, `Affinity`). */
  readonly clients: Int32Array;
  /** The addresses of this host (`HostAddresses`). */
  readonly host: Uint32Array;
  /** Of this process, and unknown outside: where the table puts a client. */
  readonly seed: HashKey;
}

/**
 * Allocates the state: `listeners` rows for each worker, room for `clients` at once (0: nobody asks). Those are
 * clients with sessions where they are limited, so as many as there may be sessions; and with affinity all that
 * come within its time: 131,072 more (16 MiB) for three hours of twelve new ones a second. Of more, those unseen
 * for longest are forgotten. Pages that nobody touches cost no memory.
 */
export function createSharedState(size: {
  workers: number;
  listeners: number;
  clients: number;
  seed: HashKey;
}): SharedState {
  const { workers, listeners } = size;
  const clientCells = clientTableCells(size.clients);
  let bytes = 0;
  const place = (count: number, width: 4 | 8): number => {
    const at = (bytes + 63) & ~63;
    bytes = at + count * width;
    return at;
  };
  const rows = (workers + 1) * listeners;
  const counters = place(rows * ROW_CELLS, 8);
  const ejectedUntil = place(ENDPOINT_SLOTS, 8);
  const waited = place(workers, 8);
  const restarts = place(workers, 4);
  const reserved = place(listeners, 4);
  const sessions = place(ENDPOINT_SLOTS, 4);
  const failures = place(ENDPOINT_SLOTS, 4);
  const probedDown = place(ENDPOINT_SLOTS, 4);
  const epoch = place(1, 4);
  const clients = place(clientCells, 4);
  const host = place(HOST_CELLS, 4);
  const block = new SharedArrayBuffer(bytes);
  return {
    workers,
    listeners,
    waitedMs: new Float64Array(block, waited, workers),
    restarts: new Int32Array(block, restarts, workers),
    counters: new Float64Array(block, counters, rows * ROW_CELLS),
    reserved: new Int32Array(block, reserved, listeners),
    endpointSessions: new Int32Array(block, sessions, ENDPOINT_SLOTS),
    endpointFailures: new Int32Array(block, failures, ENDPOINT_SLOTS),
    probedDown: new Int32Array(block, probedDown, ENDPOINT_SLOTS),
    ejectedUntil: new Float64Array(block, ejectedUntil, ENDPOINT_SLOTS),
    ejectionEpoch: new Int32Array(block, epoch, 1),
    clients: new Int32Array(block, clients, clientCells),
    host: new Uint32Array(block, host, HOST_CELLS),
    seed: size.seed,
  };
}

/** The row of counters that one worker (or, as `state.workers`, the main thread) alone writes for one listener. */
export function counterRow(state: SharedState, worker: number, listener: number): Float64Array {
  const at = (worker * state.listeners + listener) * ROW_CELLS;
  return state.counters.subarray(at, at + ROW_CELLS);
}

/** The counters of one listener, summed over all threads: what a scrape reads. */
export function sumCounters(state: SharedState, listener: number): Float64Array {
  const sum = new Float64Array(ROW_CELLS);
  for (let worker = 0; worker <= state.workers; worker++) {
    const row = counterRow(state, worker, listener);
    for (let cell = 0; cell < ROW_CELLS; cell++) sum[cell]! += row[cell]!;
  }
  return sum;
}
