import type { Endpoint } from '../endpoints/snapshot.ts';

/** An endpoint that is checked, and how. Plain data. */
export interface ProbeTarget {
  readonly listener: string;
  readonly endpoint: Endpoint;
  readonly intervalMs: number;
  /** How long one check may take. */
  readonly timeoutMs: number;
  /** In what form Herald says that it is itself who asks; `none`: it says nothing. */
  readonly header: 'none' | 'v1' | 'v2';
}

/** Why a check failed: a bounded word. */
export type ProbeFailure = 'refused' | 'unreachable' | 'timeout' | 'reset' | 'local' | 'error';

/**
 * Checks once, and tells how it went: null is well. Calls back once, and not at all after the function that it
 * returns was called.
 */
export type Probe = (target: ProbeTarget, done: (failure: ProbeFailure | null) => void) => () => void;
