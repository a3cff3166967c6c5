import { type IpSet, ipSetHas } from '../address/ip-set.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { HostAddress } from '../shared-memory/host-addresses.ts';

/** Why an endpoint cannot be dialed from a client's address. */
export type ClientFault =
  | 'no_address'
  | 'unspecified'
  | 'this_network'
  | 'loopback'
  | 'link_local'
  | 'multicast'
  | 'reserved'
  | 'broadcast'
  | 'host_address'
  | 'host_shared_address';

export interface PresentableRule {
  /** Whether an address belongs to this host, and how. */
  readonly kindOf: (ip: Uint8Array) => HostAddress | null;
  /** `--allow-local-clients`. */
  readonly allowed: IpSet;
}

/**
 * Why `source` (4 or 16 bytes; null: a unix socket's peer) may not be bound for a client; null if it may. Only an address of another
 * single host is presented. The kernel turns some special addresses into 127.0.0.1, which applications trust, and they trust the
 * host's own addresses too. An own address is presented if `--allow-local-clients` names it, and loopback then only if the `peer` is
 * loopback itself, so that no client from outside appears as 127.0.0.1.
 */
export function clientFault(
  source: Uint8Array | null,
  peer: Uint8Array | null,
  { kindOf, allowed }: PresentableRule,
): ClientFault | null {
  if (source === null) return 'no_address';
  const ip = unmapped(source);
  const special = specialFault(ip);
  if (special === 'loopback' && ipSetHas(allowed, ip) && isLoopback(peer)) return null;
  if (special !== null) return special;
  const kind = kindOf(ip);
  if (kind === 'shared') return 'host_shared_address';
  return kind === 'own' && !ipSetHas(allowed, ip) ? 'host_address' : null;
}

function isLoopback(peer: Uint8Array | null): boolean {
  return peer !== null && specialFault(unmapped(peer)) === 'loopback';
}

/** Addresses that are never those of a single host (RFC 6890); v4-mapped ones are unmapped before. */
function specialFault(ip: Uint8Array): ClientFault | null {
  return ip.length === 4 ? specialV4(ip) : specialV6(ip);
}

function specialV4(ip: Uint8Array): ClientFault | null {
  const first = ip[0]!;
  if (first === 0) return ip[1] === 0 && ip[2] === 0 && ip[3] === 0 ? 'unspecified' : 'this_network';
  if (first === 127) return 'loopback';
  if (first === 169 && ip[1] === 254) return 'link_local';
  if (first < 224) return null;
  if (first < 240) return 'multicast';
  return first === 255 && ip[1] === 255 && ip[2] === 255 && ip[3] === 255 ? 'broadcast' : 'reserved';
}

function specialV6(ip: Uint8Array): ClientFault | null {
  if (ip[0] === 0xff) return 'multicast';
  if (ip[0] === 0xfe && (ip[1]! & 0xc0) === 0x80) return 'link_local';
  for (let at = 0; at < 15; at++) if (ip[at] !== 0) return null;
  // The first two addresses of ::/120.
  return ip[15] === 0 ? 'unspecified' : ip[15] === 1 ? 'loopback' : null;
}
