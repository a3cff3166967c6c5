import type { CloseReason } from '../plan/close-reason.ts';
import type { ProxyAddress } from './proxy-header.ts';

/** A connection that the server never saw. Nothing here is more than the peer claims, but for `peer`. */
export interface Refusal {
  /** Whom the connection came from; null for the peer of a unix socket. */
  readonly peer: ProxyAddress | null;
  readonly reason: CloseReason;
  /** The parser's permanent code (`v2_crc32c`, …), or null where the reason says it all. */
  readonly code: string | null;
  /** At most 64 bytes, as they came: escape them before a log. */
  readonly firstBytes: Uint8Array;
}
