import { type Cidr, parseCidr } from './cidr.ts';
import { createIpSet, ipSetHas } from './ip-set.ts';

/** Unspecified, loopback, link-local, multicast and class E addresses. */
const NOBODYS = createIpSet(
  ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/127', 'fe80::/10', 'ff00::/8'].map(
    (text) => parseCidr(text) as Cidr,
  ),
);

/** True if clients on other machines may be told this address, of 4 or 16 bytes: it is one of a host, and not of its loopback or link. */
export function isReachable(ip: Uint8Array): boolean {
  return !ipSetHas(NOBODYS, ip);
}
