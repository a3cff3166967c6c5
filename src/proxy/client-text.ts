import { formatSocketAddress } from '../address/socket-address.ts';
import type { Address, Client } from './client.ts';

/** Who the client is, for logs and tables: `unix` where it has no address. */
export function clientText({ source }: Client): string {
  return addressText(source);
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
