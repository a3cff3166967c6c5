import type { CloseReason } from '../plan/close-reason.ts';
import type { Address, Client } from './client.ts';

/**
 * True if a session that ended with `reason` was a health check by its peer. `bytes` is the sum of both directions. A connection
 * without a byte in either direction was one. A proxy may also reset its own health check at any time.
 */
export function wasProbe(reason: CloseReason, client: Client, peer: Address | null, bytes: number): boolean {
  if (reason === 'client_closed') return bytes === 0;
  if (reason === 'client_reset') return bytes === 0 || isOfPeer(client, peer);
  return reason === 'client_gone' && isOfPeer(client, peer);
}

/** The header says that the proxy itself is the client: LOCAL, or in version 1, which has no LOCAL, the peer's own address and port. */
function isOfPeer({ local, header, source }: Client, peer: Address | null): boolean {
  if (local) return true;
  if (header === 0 || source === null || peer === null || source.port !== peer.port) return false;
  return source.ip !== peer.ip && Buffer.compare(source.ip, peer.ip) === 0;
}
