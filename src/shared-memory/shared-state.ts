import { ENDPOINT_SLOTS, type EndpointState } from '../endpoints/endpoint-state.ts';
import { clientTableCells } from './client-entries.ts';
import { ROW_CELLS } from './counters.ts';
import { HOST_CELLS } from './host-addresses.ts';
import type { HashKey } from './sip-hash.ts';

/**
 * What all workers have to agree on, in shared memory that can be posted to a thread: counters (one writer each, summed by
 * the reader), endpoint slots, reservations and clients.
 */
export interface SharedState extends EndpointState {
  readonly workers: number;
  /** Busy time of each worker thread in milliseconds, without the time that it waits for events. */
  readonly busyMs: Float64Array;
  /** How many times each worker was replaced. */
  readonly restarts: Int32Array;
  /**
   * For each listener one row of `ROW_CELLS` for each worker, and one for the main thread, which is row `workers`. This buffer
   * grows in place (`growCounters`): every thread sees the new rows, and the others stay where they are.
   */
  readonly counters: SharedArrayBuffer;
  /** Sessions reserved on each listener: one atomic cell for all workers, as many cells as there can be rows. */
  readonly reserved: Int32Array;
  /** Their sum: one atomic cell. */
  readonly reservedOfAll: Int32Array;
  /** The table of clients (`ClientTable`, `AffinityTable`). */
  readonly clients: Int32Array;
  /**
   * `--present transparent`: 1 if routes are missing, so that answers of endpoints would leave this host. For endpoints on loopback
   * (IPv4, IPv6), then for those behind an interface (IPv4, IPv6).
   */
  readonly routesMissing: Int32Array;
  /** The addresses of this host (`HostAddresses`). */
  readonly host: Uint32Array;
  /** The secret key of the table's hash, made by this process. */
  readonly seed: HashKey;
}

export interface SharedStateSize {
  readonly workers: number;
  /** Listeners with rows of counters at the start. */
  readonly listeners: number;
  /** The most listeners with rows at once: address space is reserved for them, memory is not. By default `listeners`. */
  readonly mostListeners?: number;
  /** The most clients that are known at once; 0: no limit or affinity needs the table. */
  readonly clients: number;
  readonly seed: HashKey;
}

/**
 * Allocates the state: rows for `listeners`, room for `clients` at once. For limits, `clients` is the most sessions; for
 * affinity, add all clients that come within its duration: 131,072 (16 MiB) are three hours of twelve new ones a second. If
 * there are more, those not seen for the longest time are forgotten. Untouched pages cost no memory.
 */
export function createSharedState(size: SharedStateSize): SharedState {
  const { workers, listeners, mostListeners = listeners } = size;
  const clientCells = clientTableCells(size.clients);
  const counters = reserveCounters(workers, listeners, mostListeners);
  const mostRows = counters.maxByteLength / listenerBytes(workers);
  let bytes = 0;
  const place = (count: number, width: 4 | 8): number => {
    const at = (bytes + 63) & ~63;
    bytes = at + count * width;
    return at;
  };
  const ejectedUntil = place(ENDPOINT_SLOTS, 8);
  const failedAt = place(ENDPOINT_SLOTS, 8);
  const busy = place(workers, 8);
  const restarts = place(workers, 4);
  const reserved = place(mostRows, 4);
  const reservedOfAll = place(1, 4);
  const sessions = place(ENDPOINT_SLOTS, 4);
  const failures = place(ENDPOINT_SLOTS, 4);
  const failed = place(ENDPOINT_SLOTS, 4);
  const failedBy = place(ENDPOINT_SLOTS, 4);
  const ejections = place(ENDPOINT_SLOTS, 4);
  const probedDown = place(ENDPOINT_SLOTS, 4);
  const epoch = place(1, 4);
  const routes = place(4, 4);
  const clients = place(clientCells, 4);
  const host = place(HOST_CELLS, 4);
  const block = new SharedArrayBuffer(bytes);
  return {
    workers,
    counters,
    busyMs: new Float64Array(block, busy, workers),
    restarts: new Int32Array(block, restarts, workers),
    reserved: new Int32Array(block, reserved, mostRows),
    reservedOfAll: new Int32Array(block, reservedOfAll, 1),
    endpointSessions: new Int32Array(block, sessions, ENDPOINT_SLOTS),
    endpointFailures: new Int32Array(block, failures, ENDPOINT_SLOTS),
    failedConnects: new Int32Array(block, failed, ENDPOINT_SLOTS),
    lastFailure: new Int32Array(block, failedBy, ENDPOINT_SLOTS),
    lastFailureAt: new Float64Array(block, failedAt, ENDPOINT_SLOTS),
    ejections: new Int32Array(block, ejections, ENDPOINT_SLOTS),
    probedDown: new Int32Array(block, probedDown, ENDPOINT_SLOTS),
    ejectedUntil: new Float64Array(block, ejectedUntil, ENDPOINT_SLOTS),
    ejectionEpoch: new Int32Array(block, epoch, 1),
    routesMissing: new Int32Array(block, routes, 4),
    clients: new Int32Array(block, clients, clientCells),
    host: new Uint32Array(block, host, HOST_CELLS),
    seed: size.seed,
  };
}

/** How many listeners have rows. */
export function listenerRows({ counters, workers }: SharedState): number {
  return counters.byteLength / listenerBytes(workers);
}

/** Makes rows for this many listeners. False if that exceeds the reserved address space or the memory. */
export function growCounters(state: SharedState, listeners: number): boolean {
  if (listeners <= listenerRows(state)) return true;
  const bytes = listeners * listenerBytes(state.workers);
  if (bytes > state.counters.maxByteLength) return false;
  try {
    state.counters.grow(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The counters of one listener that only this worker writes; `state.workers` is the main thread's. */
export function counterRow(
  { counters, workers }: SharedState,
  worker: number,
  listener: number,
): Float64Array {
  return new Float64Array(counters, listener * listenerBytes(workers) + worker * ROW_BYTES, ROW_CELLS);
}

/** The counters of one listener, summed over all threads. */
export function sumCounters(state: SharedState, listener: number): Float64Array {
  const sum = new Float64Array(ROW_CELLS);
  for (let worker = 0; worker <= state.workers; worker++) {
    const row = counterRow(state, worker, listener);
    for (let cell = 0; cell < ROW_CELLS; cell++) sum[cell]! += row[cell]!;
  }
  return sum;
}

/** The bytes of one row, and those of all rows of one listener. */
const ROW_BYTES = ROW_CELLS * 8;
const listenerBytes = (workers: number): number => (workers + 1) * ROW_BYTES;

/** If the limit of address space (`ulimit -v`) does not allow this many, tries half as many, and so on. */
function reserveCounters(workers: number, listeners: number, most: number): SharedArrayBuffer {
  const each = listenerBytes(workers);
  for (let room = Math.max(most, listeners); ; room = Math.max(room >> 1, listeners)) {
    try {
      return new SharedArrayBuffer(listeners * each, { maxByteLength: room * each });
    } catch (error) {
      if (room === listeners) throw error;
    }
  }
}
