import { networkInterfaces } from 'node:os';
import type { Cidr } from '../address/cidr.ts';
import { formatCidr } from '../address/cidr.ts';
import { formatIp, parseIp } from '../address/ip.ts';
import { createIpSet, ipSetHas } from '../address/ip-set.ts';
import type { ListenerOptions } from '../config/config.ts';

/** Loopback is every host's own; fe80::/10 and 169.254.0.0/16 are valid on one link only: they do not identify a host. */
const NOT_A_HOSTS = createIpSet([
  { ip: Uint8Array.of(127, 0, 0, 0), prefix: 8 },
  { ip: Uint8Array.of(...new Uint8Array(15), 1), prefix: 128 },
  { ip: Uint8Array.of(0xfe, 0x80, ...new Uint8Array(14)), prefix: 10 },
  { ip: Uint8Array.of(169, 254, 0, 0), prefix: 16 },
]);

/**
 * The addresses by which other hosts reach this one; in a pod, the pod's addresses. Also those of the loopback interface:
 * addresses that are announced by BGP stand there.
 */
export function ownAddresses(interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces()) {
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ address }) => parseIp(address) ?? [])
    .filter((ip) => !ipSetHas(NOT_A_HOSTS, ip));
}

/**
 * Warnings about trust lists in a cluster. A range that holds Herald's own pod is a range of pods, and any of them could
 * claim to be any client (protocol §2). Single addresses are fine, and a range of all addresses has a warning of its own.
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
        `listener ${name}: trust has ${formatCidr(range)}, which holds Herald's own address (${formatIp(held)}): every pod in it can claim to be any client. Trust the proxies instead, as k8s:namespace/service`,
      ];
    }
    return [];
  });
}

function isRange({ ip, prefix }: Cidr): boolean {
  return prefix > 0 && prefix < 8 * ip.length;
}
