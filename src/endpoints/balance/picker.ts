import type { Ring } from '../ring.ts';

/**
 * One way of balancing, for one worker: which endpoint a session tries first. The others follow in the order of
 * the ring. Its cost does not depend on the size of the ring, but for the first pick from a new one.
 */
export interface Picker {
  /** A position in the ring, which is not empty. `client`: 4 or 16 bytes; null where it has no address. */
  pick(ring: Ring, client: Uint8Array | null): number;
  /** This worker has changed the number of sessions of the endpoint with this slot. */
  changed(slot: number): void;
}
