/** Rows of the shared endpoint table: an endpoint of a pool has one, whatever thread looks at it. */
export const ENDPOINT_SLOTS = 65_536;

/**
 * What all workers know of the endpoints, by slot: shared memory, read and written with Atomics but
 * for `ejectedUntil`, whose readers look again whenever `ejectionEpoch` has moved.
 */
export interface EndpointState {
  /** Sessions that an endpoint has or that are being dialed to it: a burst is seen before its first answer. */
  readonly endpointSessions: Int32Array;
  /** Failed connects in a row that were the endpoint's own fault. */
  readonly endpointFailures: Int32Array;
  /** All failed connects, of sessions and of checks, whoever's fault. */
  readonly failedConnects: Int32Array;
  /** What the last failed connect was (a number of the caller's), and when, in milliseconds of the caller's clock. */
  readonly lastFailure: Int32Array;
  readonly lastFailureAt: Float64Array;
  /** How often it was ejected. */
  readonly ejections: Int32Array;
  /** Milliseconds of the caller's clock; 0 or past: not ejected. */
  readonly ejectedUntil: Float64Array;
  /** What active probes say: 0 up, 1 down. Who changes a cell raises `ejectionEpoch` after it. */
  readonly probedDown: Int32Array;
  /** One cell, raised at every ejection and return, and at every change of `probedDown`. */
  readonly ejectionEpoch: Int32Array;
}

/** Takes note, for whoever asks, that a connect to the endpoint in this slot failed. `failure` is a number of the caller's. */
export function noteFailedConnect(state: EndpointState, slot: number, failure: number, nowMs: number): void {
  Atomics.add(state.failedConnects, slot, 1);
  Atomics.store(state.lastFailure, slot, failure);
  state.lastFailureAt[slot] = nowMs;
}
