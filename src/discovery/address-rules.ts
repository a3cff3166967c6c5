import { parseCidr } from '../address/cidr.ts';
import { createIpSet, type IpSet, ipSetHas } from '../address/ip-set.ts';

/** `--family`: `auto` is one family for each pod or name, `4` and `6` are that one or nothing. */
export type FamilyChoice = 'auto' | 4 | 6;

/** The family of an address of 4 or 16 bytes. */
export function familyOf(ip: Uint8Array): 4 | 6 {
  return ip.length === 4 ? 4 : 6;
}

type Kind = readonly [why: string, set: IpSet];

/** Nobody's address at all: to dial it is to dial this machine, or many. */
const NOBODY: readonly Kind[] = [
  ['unspecified', setOf('0.0.0.0/8', '::')],
  ['multicast', setOf('224.0.0.0/4', 'ff00::/8')],
  ['broadcast', setOf('255.255.255.255')],
];
const NO_POD: readonly Kind[] = [
  ...NOBODY,
  ['loopback', setOf('127.0.0.0/8', '::1')],
  ['link-local', setOf('169.254.0.0/16', 'fe80::/10')],
];

/**
 * Why an endpoint of a slice may not have this address, in a word or two; null where it may (E10). Whoever can write
 * slices could aim Herald at itself, at its node or at the cloud's metadata. The API refuses these; one that lies does not.
 */
export function refuseOfSlice(ip: Uint8Array, cidrs: IpSet | null): string | null {
  return refuse(NO_POD, ip, cidrs);
}

/** The same for an address of a name: names of this machine are what an operator may well have written down. */
export function refuseOfName(ip: Uint8Array, cidrs: IpSet | null): string | null {
  return refuse(NOBODY, ip, cidrs);
}

function refuse(kinds: readonly Kind[], ip: Uint8Array, cidrs: IpSet | null): string | null {
  const kind = kinds.find(([, set]) => ipSetHas(set, ip));
  if (kind !== undefined) return kind[0];
  return cidrs === null || ipSetHas(cidrs, ip) ? null : 'outside --endpoint-cidrs';
}

function setOf(...texts: readonly string[]): IpSet {
  return createIpSet(texts.map((text) => parseCidr(text)!));
}
