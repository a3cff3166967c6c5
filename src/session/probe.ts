import type { CloseReason } from '../plan/close-reason.ts';
import type { Address, Client } from './client.ts';

/**
 * True where a session that ended so, after so many bytes in both directions together, was a health check of its peer. A client that came and went, or reset, without a byte in
 * either direction was one. A proxy that checks resets a connection of its own at any time, with bytes or without.
 */
export function wasProbe(reason: CloseReason, client: Client, peer: Address | null, bytes: number): boolean {
  if (reason === 'client_closed') return bytes === 0;
  if (reason === 'client_reset') return bytes === 0 || isOfPeer(client, peer);
  return reason === 'client_gone' && isOfPeer(client, peer);
}

/** Its header says so: LOCAL, or in version 1, which has no LOCAL, the peer's own address and port. */
function isOfPeer({ local, header, source }: Client, peer: Address | null): boolean {
  if (local) return true;
  if (header === 0 || source === null || peer === null || source.port !== peer.port) return false;
  return source.ip !== peer.ip && Buffer.compare(source.ip, peer.ip) === 0;
}
