import { networkInterfaces } from 'node:os';
import type { Cidr } from '../address/cidr.ts';
import { formatCidr } from '../address/cidr.ts';
import { formatIp, parseIp } from '../address/ip.ts';
import { createIpSet, ipSetHas } from '../address/ip-set.ts';
import type { ListenerOptions } from '../config/config.ts';

/** fe80::/10 and 169.254.0.0/16: of the link alone, and so nobody's name. */
const LINK_LOCAL = createIpSet([
  { ip: Uint8Array.of(0xfe, 0x80, ...new Uint8Array(14)), prefix: 10 },
  { ip: Uint8Array.of(169, 254, 0, 0), prefix: 16 },
]);

/** The addresses by which others reach this host; in a pod, the pod's. */
export function ownAddresses(interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces()) {
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .flatMap(({ address }) => parseIp(address) ?? [])
    .filter((ip) => !ipSetHas(LINK_LOCAL, ip));
}

/**
 * What a cluster's trust lists deserve to be told: a range in which Herald's own pod lies is one of pods, and each of
 * them may claim to be anyone (protocol §2). One address names one peer; all there are have a warning of their own.
 */
export function ownRangeWarnings(
  listeners: readonly Pick<ListenerOptions, 'name' | 'trust'>[],
  own: readonly Uint8Array[],
): string[] {
  return listeners.flatMap(({ name, trust }) => {
    for (const range of trust.cidrs.filter(isRange)) {
      const set = createIpSet([range]);
      const held = own.find((ip) => ipSetHas(set, ip));
      if (held === undefined) continue;
      return [
        `listener ${name}: trust holds ${formatCidr(range)}, in which Herald itself is (${formatIp(held)}): every pod of it can claim to be anyone; name the proxies instead, as k8s:namespace/service`,
      ];
    }
    return [];
  });
}

function isRange({ ip, prefix }: Cidr): boolean {
  return prefix > 0 && prefix < 8 * ip.length;
}
