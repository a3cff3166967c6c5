/** Rows of the shared endpoint table. An endpoint has one row, the same for every thread. */
export const ENDPOINT_SLOTS = 65_536;

/**
 * What all workers share about the endpoints, by slot, in shared memory. It is accessed with Atomics, except for
 * `ejectedUntil` and `lastFailureAt` (there is no atomic access to doubles): readers of `ejectedUntil` read it again
 * whenever `ejectionEpoch` has changed.
 */
export interface EndpointState {
  /** Sessions of the endpoint, including those still being dialed, so that a burst counts before its first answer. */
  readonly endpointSessions: Int32Array;
  /** Failed connects in a row that count against the endpoint. */
  readonly endpointFailures: Int32Array;
  /** All failed connects, of sessions and of health checks, whatever the cause. */
  readonly failedConnects: Int32Array;
  /** The cause of the last failed connect (a number that the caller defines), and when, in ms of the caller's clock. */
  readonly lastFailure: Int32Array;
  readonly lastFailureAt: Float64Array;
  /** How often it was ejected. */
  readonly ejections: Int32Array;
  /** Until when it is ejected, in ms of the caller's clock; 0 or a past time: not ejected. */
  readonly ejectedUntil: Float64Array;
  /** The result of active checks: 0 up, 1 down. Whoever changes a cell increases `ejectionEpoch` afterwards. */
  readonly probedDown: Int32Array;
  /** One cell, increased at every ejection and return, and at every change of `probedDown`. */
  readonly ejectionEpoch: Int32Array;
}

/** Records that a connect to the endpoint in this slot failed. `failure`: the cause, a number that the caller defines. */
export function noteFailedConnect(state: EndpointState, slot: number, failure: number, nowMs: number): void {
  Atomics.add(state.failedConnects, slot, 1);
  Atomics.store(state.lastFailure, slot, failure);
  state.lastFailureAt[slot] = nowMs;
}
