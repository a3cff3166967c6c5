import type { Endpoint, Snapshot } from './snapshot.ts';

/** The endpoints that one session may try, in order. A new snapshot does not affect it. */
export interface CandidateOrder {
  /** How many endpoints `next` has returned. */
  readonly tried: number;
  /** The endpoint that `next` will return; null if none is left. */
  readonly following: Endpoint | null;
  /** The reason to report if there is no candidate; null: that of the pool (C7). */
  readonly empty: Snapshot['empty'] | null;
  /** The next endpoint to dial, or null if none is left. */
  next(): Endpoint | null;
}
