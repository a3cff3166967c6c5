import { createIpSet, type IpSet } from '../address/ip-set.ts';
import type { PeerSet } from '../config/config.ts';
import type { SourceState } from '../endpoints/endpoint-source.ts';

/** Who a list of peers means right now: its CIDRs, and every address of its sources. */
export function resolvePeers({ cidrs }: PeerSet, states: readonly SourceState[]): IpSet {
  const addresses = states.flatMap(({ addresses }) => addresses);
  return createIpSet([...cidrs, ...addresses.map((ip) => ({ ip, prefix: 8 * ip.length }))]);
}
