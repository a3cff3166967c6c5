import type { Cidr } from '../address/cidr.ts';
import { createIpSet, type IpSet } from '../address/ip-set.ts';
import { listRoutes, RT_TABLE_LOCAL, RTN } from '../linux/ip-route.ts';
import type { Netlink } from '../linux/netlink.ts';

/** The addresses of this host, and those that it shares with others: broadcast, multicast and anycast. */
export interface HostSets {
  readonly own: IpSet;
  readonly shared: IpSet;
}

/**
 * Reads them from the routing table `local`, as the kernel itself does. The list of interfaces lacks ranges that are local
 * as a whole, and broadcast addresses such as 10.0.0.255, which the kernel would replace by 127.0.0.1. Returns the negative
 * errno on failure.
 */
export function readHostAddresses(netlink: Netlink): HostSets | number {
  const own: Cidr[] = [];
  const shared: Cidr[] = [];
  for (const family of [4, 6] as const) {
    const routes = listRoutes(netlink, family, RT_TABLE_LOCAL);
    if (typeof routes === 'number') return routes;
    for (const { type, to, prefix } of routes) (type === RTN.LOCAL ? own : shared).push({ ip: to, prefix });
  }
  return { own: createIpSet(own), shared: createIpSet(shared) };
}
