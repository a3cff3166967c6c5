import { allocate, type Memory } from '../../linux/memory.ts';

/** The most bytes of one read. */
export const READ_BYTES = 65_536;

/** The longest header: 16 bytes and a block whose length has 16 bits (§2.2). */
const HEADER_BYTES = 16 + 65_535;

/**
 * One buffer for all sessions of a worker, so that an idle session needs none. A whole read fits behind the longest header, so
 * that both are sent in one call.
 */
export function createReadBuffer(): Memory {
  return allocate(HEADER_BYTES + READ_BYTES);
}
