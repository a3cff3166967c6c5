import { parseCidr } from '../address/cidr.ts';
import { createIpSet, type IpSet, ipSetHas } from '../address/ip-set.ts';

// Which of the addresses that a source finds may be dialed: by family, by kind, and by --endpoint-cidrs.

/** `--family`. `auto`: one family for each pod or name. `both`: every address. `4`, `6`: only addresses of that family. */
export type FamilyChoice = 'auto' | 'both' | 4 | 6;

type Kind = readonly [why: string, set: IpSet];

/** Not the address of one host: dialing it would reach this machine, or many. */
const NOT_A_HOST: readonly Kind[] = [
  ['unspecified', setOf('0.0.0.0/8', '::')],
  ['multicast', setOf('224.0.0.0/4', 'ff00::/8')],
  ['broadcast', setOf('255.255.255.255')],
];
/** Not the address of a pod either. */
const NOT_A_POD: readonly Kind[] = [
  ...NOT_A_HOST,
  ['loopback', setOf('127.0.0.0/8', '::1')],
  ['link-local', setOf('169.254.0.0/16', 'fe80::/10')],
];

/**
 * Why an endpoint of a slice must not have this address, in a word or two; null if it may (E10). Whoever can write slices
 * could otherwise point Herald at itself, at its node or at the metadata service of the cloud. A real API server refuses
 * such addresses; a compromised one does not.
 */
export function refuseOfSlice(ip: Uint8Array, cidrs: IpSet | null): string | null {
  return refuse(NOT_A_POD, ip, cidrs);
}

/** The same for an address of a DNS name. Loopback and link-local are allowed: the operator has configured the name. */
export function refuseOfName(ip: Uint8Array, cidrs: IpSet | null): string | null {
  return refuse(NOT_A_HOST, ip, cidrs);
}

function refuse(kinds: readonly Kind[], ip: Uint8Array, cidrs: IpSet | null): string | null {
  const kind = kinds.find(([, set]) => ipSetHas(set, ip));
  if (kind !== undefined) return kind[0];
  return cidrs === null || ipSetHas(cidrs, ip) ? null : 'outside --endpoint-cidrs';
}

function setOf(...texts: readonly string[]): IpSet {
  return createIpSet(texts.map((text) => parseCidr(text)!));
}
