import { type CloseReason, REASON_NAMES, reasonRow } from '../plan/close-reason.ts';
import { COUNTER, LAST_FAILURE, observe, REASON_AT } from './counters.ts';
import { counterRow, type SharedState } from './shared-state.ts';

/** The last session of a listener that failed. */
export interface LastFailure {
  readonly reason: CloseReason;
  /** In milliseconds of the engines' clock. */
  readonly atMs: number;
}

const reasonIndex = new Map(REASON_NAMES.map((reason, index) => [reason, index]));
const failures: ReadonlySet<CloseReason> = new Set(REASON_NAMES.filter(isFailure));

/**
 * True if the session failed without a fault of its client: no endpoint was reached, or Herald itself failed. A refusal
 * concerns the client, and an endpoint that resets a connection was reached.
 */
export function isFailure(reason: CloseReason): boolean {
  const { by, phase, level, refused } = reasonRow(reason);
  return refused !== true && by !== 'client' && (phase === 'connect' || level === 'error');
}

/** Counts an ending in a worker's row of the listener. Allocates nothing. */
export function countEnding(row: Float64Array, reason: CloseReason, ms: number, nowMs: number): void {
  const index = reasonIndex.get(reason)!;
  row[COUNTER.ended]! += 1;
  row[REASON_AT + index]! += 1;
  observe(row, 'sessionDuration', ms);
  if (!failures.has(reason)) return;
  row[LAST_FAILURE.reason] = index + 1;
  row[LAST_FAILURE.at] = nowMs;
}

/** How many sessions have failed, by the summed counters of a listener. */
export function failedSessions(counters: Float64Array): number {
  let sum = 0;
  for (const reason of failures) sum += counters[REASON_AT + reasonIndex.get(reason)!]!;
  return sum;
}

/** The last one of all threads; null if none has failed yet. */
export function lastFailure(state: SharedState, listener: number): LastFailure | null {
  let last: LastFailure | null = null;
  for (let worker = 0; worker <= state.workers; worker++) {
    const row = counterRow(state, worker, listener);
    const index = row[LAST_FAILURE.reason]!;
    const atMs = row[LAST_FAILURE.at]!;
    if (index > 0 && (last === null || atMs > last.atMs)) last = { reason: REASON_NAMES[index - 1]!, atMs };
  }
  return last;
}
