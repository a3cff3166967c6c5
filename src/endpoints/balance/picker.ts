import type { Ring } from '../ring.ts';

/** What a session has tried before its first pick: nothing. */
export const NONE_TRIED: ReadonlySet<number> = new Set();

/**
 * One way of balancing, for one worker: which endpoint a session tries first, and which one next if that fails. Retries
 * are balanced like first tries: if the neighbour of an unreachable endpoint took them all, it would get twice its share.
 * The cost of a pick does not depend on the size of the ring, except for the first pick from a new ring.
 */
export interface Picker {
  /**
   * Returns a position in the ring that is not in `tried`; `tried` never contains all positions. `client`: 4 or 16 bytes,
   * or null if it has no address.
   */
  pick(ring: Ring, client: Uint8Array | null, tried: ReadonlySet<number>): number;
  /** Called when this worker has changed the number of sessions of the endpoint with this slot. */
  changed(slot: number): void;
}
