import { parseCidr } from '../../address/cidr.ts';
import { createIpSet, type IpSet, ipSetHas } from '../../address/ip-set.ts';

/**
 * What no pod has (E10): whoever can write slices could aim Herald at itself, at its node's services or at the
 * cloud's metadata address. The API refuses these too; an API that lies does not.
 */
const NEVER: readonly (readonly [why: string, set: IpSet])[] = [
  ['unspecified', setOf('0.0.0.0/8', '::')],
  ['loopback', setOf('127.0.0.0/8', '::1')],
  ['link-local', setOf('169.254.0.0/16', 'fe80::/10')],
  ['multicast', setOf('224.0.0.0/4', 'ff00::/8')],
  ['broadcast', setOf('255.255.255.255')],
];

/** Why an endpoint may not have this address, in a word or two; null where it may. `cidrs` null: anywhere else. */
export function refuseAddress(ip: Uint8Array, cidrs: IpSet | null): string | null {
  const never = NEVER.find(([, set]) => ipSetHas(set, ip));
  if (never !== undefined) return never[0];
  return cidrs === null || ipSetHas(cidrs, ip) ? null : 'outside --endpoint-cidrs';
}

function setOf(...texts: readonly string[]): IpSet {
  return createIpSet(texts.map((text) => parseCidr(text)!));
}
