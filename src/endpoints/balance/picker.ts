import type { Ring } from '../ring.ts';

/** What a session has tried before its first pick. */
export const NONE_TRIED: ReadonlySet<number> = new Set();

/**
 * One way of balancing, for one worker: which endpoint a session tries first, and which one where that could not be
 * reached. A failed turn is shared out as the turns are: were it always the neighbour's, that one would get the share
 * of two. Its cost does not depend on the size of the ring, but for the first pick from a new one.
 */
export interface Picker {
  /**
   * A position in the ring that is none of `tried`, which are fewer than all. `client`: 4 or 16 bytes; null where it
   * has no address.
   */
  pick(ring: Ring, client: Uint8Array | null, tried: ReadonlySet<number>): number;
  /** This worker has changed the number of sessions of the endpoint with this slot. */
  changed(slot: number): void;
}
