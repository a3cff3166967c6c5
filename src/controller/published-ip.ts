import { type Cidr, parseCidr } from '../address/cidr.ts';
import { formatIp, parseIp } from '../address/ip.ts';
import { createIpSet, ipSetHas } from '../address/ip-set.ts';
import { unmapped } from '../address/v4-mapped.ts';

/** A text as an address in its canonical form, v4-mapped as IPv4; null for anything else. */
export function canonicalIp(text: unknown): string | null {
  const ip = typeof text === 'string' ? parseIp(text) : undefined;
  return ip === undefined ? null : formatIp(unmapped(ip));
}

/** The family of a canonical address. */
export function familyOf(ip: string): 4 | 6 {
  return ip.includes(':') ? 6 : 4;
}

/** Unspecified, loopback, link-local and multicast addresses: no client elsewhere could use them. */
const NOBODYS = createIpSet(
  ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/127', 'fe80::/10', 'ff00::/8'].map(
    (text) => parseCidr(text) as Cidr,
  ),
);

/** True if clients elsewhere may be told this address (canonical text). */
export function isPublishable(ip: string): boolean {
  const bytes = parseIp(ip);
  return bytes !== undefined && !ipSetHas(NOBODYS, bytes);
}
