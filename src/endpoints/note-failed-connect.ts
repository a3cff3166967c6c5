import type { EndpointState } from './endpoint-state.ts';

/** Takes note, for whoever asks, that a connect to the endpoint in this slot failed. `failure` is a number of the caller's. */
export function noteFailedConnect(state: EndpointState, slot: number, failure: number, nowMs: number): void {
  Atomics.add(state.failedConnects, slot, 1);
  Atomics.store(state.lastFailure, slot, failure);
  state.lastFailureAt[slot] = nowMs;
}
