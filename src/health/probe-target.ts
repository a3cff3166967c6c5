import type { Endpoint } from '../endpoints/snapshot.ts';

/** An endpoint to check, and how. Plain data. */
export interface ProbeTarget {
  readonly listener: string;
  readonly endpoint: Endpoint;
  readonly intervalMs: number;
  /** The time limit of one check. */
  readonly timeoutMs: number;
  /** The header that marks the connection as Herald's own check; `none`: no header. */
  readonly header: 'none' | 'v1' | 'v2';
}

/** Why a check failed. `local`: a shortage of this machine, such as descriptors or ports. */
export type ProbeFailure = 'refused' | 'unreachable' | 'timeout' | 'reset' | 'local' | 'error';

/**
 * Runs one check and calls `done` once with the result; null is success. Returns a function that cancels the check; `done`
 * is not called after that.
 */
export type Probe = (target: ProbeTarget, done: (failure: ProbeFailure | null) => void) => () => void;
