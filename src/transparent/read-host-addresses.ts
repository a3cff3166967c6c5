import type { Cidr } from '../address/cidr.ts';
import { createIpSet, type IpSet } from '../address/ip-set.ts';
import { listRoutes, RT_TABLE_LOCAL, RTN } from '../linux/ip-route.ts';
import type { Netlink } from '../linux/netlink.ts';

/** The addresses of this host, and those that it takes part in: of broadcast, multicast and anycast. */
export interface HostSets {
  readonly own: IpSet;
  readonly shared: IpSet;
}

/**
 * Reads them where the kernel looks itself, its table `local`: interfaces know neither whole ranges that are
 * local, nor that 10.0.0.255 is a broadcast, of which the kernel makes 127.0.0.1. Or the negative errno.
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
