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

/**
 * Where an endpoint is. `loopback`: in the network namespace of Herald. `node`: behind an interface of it, as a pod is. `hop`: another
 * Herald dials it, and judges the client by its own node.
 */
export type EndpointPlace = 'loopback' | 'node' | 'hop';

export interface PresentableRule {
  /** Whether an address belongs to this host, and how. */
  readonly kindOf: (ip: Uint8Array) => HostAddress | null;
  /** `--allow-local-clients`. */
  readonly allowed: IpSet;
}

/**
 * Why a client with `source` (4 or 16 bytes; null: a unix socket's peer) is not let to an endpoint at `place`; null if it is. Only an
 * address of another single host is presented. The kernel turns some special addresses into 127.0.0.1, which applications trust, and on
 * loopback they trust the host's own addresses too. An own address is presented there if `--allow-local-clients` names it, and loopback
 * only if the `peer` is loopback itself, so that no client from outside appears as 127.0.0.1.
 */
export function clientFault(
  source: Uint8Array | null,
  peer: Uint8Array | null,
  { kindOf, allowed }: PresentableRule,
  place: EndpointPlace,
): ClientFault | null {
  if (source === null) return 'no_address';
  const ip = unmapped(source);
  const special = specialFault(ip);
  if (special === 'loopback' && ipSetHas(allowed, ip) && isLoopback(peer)) return null;
  if (special !== null) return special;
  if (place === 'hop') return null;
  const kind = kindOf(ip);
  if (kind === 'shared') return 'host_shared_address';
  return place === 'loopback' && kind === 'own' && !ipSetHas(allowed, ip) ? 'host_address' : null;
}

/**
 * Whether a client that `clientFault` lets to an endpoint at `place` is presented there by its own address. A client that is this host,
 * or is near, is not: answers to it would not come back to Herald. One of this host is, where `--allow-local-clients` names it.
 */
export function isPresented(
  source: Uint8Array,
  { kindOf, allowed }: PresentableRule,
  place: EndpointPlace,
): boolean {
  if (place === 'loopback') return true;
  const kind = kindOf(source);
  return kind === null || (kind === 'own' && ipSetHas(allowed, source) && !isLoopback(source));
}

/** True for 127.0.0.0/8, also v4-mapped, and ::1. */
export function isLoopback(ip: Uint8Array | null): boolean {
  return ip !== null && specialFault(unmapped(ip)) === 'loopback';
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
