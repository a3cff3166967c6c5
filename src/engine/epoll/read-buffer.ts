import { allocate, type Memory } from '../../linux/memory.ts';

/** What one read takes at the most. */
export const READ_BYTES = 65_536;

/** Room before the bytes that are read, for the header: both then leave in one send. */
export const HEADROOM = 4096;

/** One buffer for all sessions of a worker: an idle session has none. */
export function createReadBuffer(): Memory {
  return allocate(HEADROOM + READ_BYTES);
}
