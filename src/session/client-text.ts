import { formatSocketAddress } from '../address/socket-address.ts';
import type { ListenAddress } from '../plan/plan.ts';
import type { Address, Client } from './client.ts';

/**
 * The client's address, for logs and tables: `unix` if it has none, null if a TCP client was gone before its address could be
 * read.
 */
export function clientText({ source }: Client, listen: ListenAddress): string | null {
  return source === null && listen.kind !== 'unix' ? null : addressText(source);
}

/** The address of the peer; null if the peer is the client. */
export function viaText({ source }: Client, peer: Address | null): string | null {
  if (source === peer) return null;
  const via = addressText(peer);
  // Balancers announce themselves in their health checks: then the peer is the client.
  return via === addressText(source) ? null : via;
}

function addressText(address: Address | null): string {
  return address === null ? 'unix' : formatSocketAddress(address.ip, address.port);
}
