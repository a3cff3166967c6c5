import { allocate, type Memory } from '../../linux/memory.ts';

/** What one read takes at the most. */
export const READ_BYTES = 65_536;

/** The longest header: 16 bytes, and a block whose length has 16 bits (§2.2). */
const HEADER_BYTES = 16 + 65_535;

/**
 * One buffer for all sessions of a worker: an idle session has none. A whole read fits behind the longest header, so
 * that both leave in one send.
 */
export function createReadBuffer(): Memory {
  return allocate(HEADER_BYTES + READ_BYTES);
}
