import { formatSocketAddress } from '../address/socket-address.ts';
import type { ListenAddress } from '../plan/plan.ts';
import type { Address, Client } from './client.ts';

/**
 * Who the client is, for logs and tables: `unix` where it has no address, null where one of TCP was gone before
 * anybody could ask who it was.
 */
export function clientText({ source }: Client, listen: ListenAddress): string | null {
  return source === null && listen.kind !== 'unix' ? null : addressText(source);
}

/** The peer that the client came by; null where it came by itself. */
export function viaText({ source }: Client, peer: Address | null): string | null {
  if (source === peer) return null;
  const via = addressText(peer);
  // Who announces itself, as balancers do in their health checks, comes by nobody.
  return via === addressText(source) ? null : via;
}

function addressText(address: Address | null): string {
  return address === null ? 'unix' : formatSocketAddress(address.ip, address.port);
}
