import type { Cidr } from '../address/cidr.ts';
import { ERRNO } from '../linux/errno.ts';
import {
  type IpRoute,
  LOOPBACK_INDEX,
  listRoutes,
  lookUpRoute,
  RT_TABLE_MAIN,
  RTN,
} from '../linux/ip-route.ts';
import type { Netlink } from '../linux/netlink.ts';

/** Endpoints whose interfaces are looked up: a node has a few hundred pods at most. */
const MOST_ENDPOINTS = 1024;
/** Half of the room that all ranges of this host have. */
const MOST_RANGES = 4096;

/**
 * The route to an endpoint that is attached to this host: its packets come in by the interface that this route leaves by. null: there
 * is a gateway on the way, or no route, or the address is of this host itself.
 */
export function attachedRoute(netlink: Netlink, ip: Uint8Array): IpRoute | null {
  const route = lookUpRoute(netlink, null, ip);
  // An error means that there is no route, or one that says "unreachable".
  return typeof route !== 'number' && isAttached(route) ? route : null;
}

/** Errors that say that no route leads there: none, or one of type unreachable, prohibit or blackhole. */
const NO_ROUTE: readonly number[] = [ERRNO.ENETUNREACH, ERRNO.EHOSTUNREACH, ERRNO.EACCES, ERRNO.EINVAL];

/** Whether an endpoint is attached to this host; null: the kernel could not be asked. */
export function isAttachedNow(netlink: Netlink, ip: Uint8Array): boolean | null {
  const route = lookUpRoute(netlink, null, ip);
  if (typeof route !== 'number') return isAttached(route);
  return NO_ROUTE.includes(-route) ? false : null;
}

/**
 * The addresses that share an interface with one of these endpoints: pods on the same bridge, and the endpoint itself. Answers to them
 * do not pass through this host. A default route says nothing of who is there. Returns the negative errno on failure.
 */
export function readNearAddresses(
  netlink: Netlink,
  endpoints: readonly Uint8Array[],
): readonly Cidr[] | number {
  const interfaces = new Set<number>();
  for (const ip of endpoints.slice(0, MOST_ENDPOINTS)) {
    const route = attachedRoute(netlink, ip);
    if (route !== null) interfaces.add(route.index);
  }
  if (interfaces.size === 0) return [];
  const near: Cidr[] = [];
  for (const family of [4, 6] as const) {
    const routes = listRoutes(netlink, family, RT_TABLE_MAIN);
    if (typeof routes === 'number') return routes;
    for (const route of routes) {
      if (route.prefix === 0 || !isAttached(route) || !interfaces.has(route.index)) continue;
      near.push({ ip: route.to, prefix: route.prefix });
    }
  }
  return near.slice(0, MOST_RANGES);
}

function isAttached({ type, hasGateway, index }: IpRoute): boolean {
  return type === RTN.UNICAST && !hasGateway && index !== 0 && index !== LOOPBACK_INDEX;
}
