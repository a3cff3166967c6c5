import { type Cidr, formatCidr, parseCidr } from '../../address/cidr.ts';
import { parseIp } from '../../address/ip.ts';
import { createIpSet, ipSetCovers } from '../../address/ip-set.ts';
import type { ClientPrefix } from '../../plan/plan.ts';
import { accept, listItems, parseList, refuse, type ValueType, type WrittenList } from '../value-type.ts';

const CIDR = 'an address or a CIDR such as 10.0.1.0/28';

/** Addresses and CIDRs. */
export const cidrs: ValueType<readonly Cidr[], WrittenList> = {
  arity: 'list',
  values: 'addresses or CIDRs',
  expected: CIDR,
  file: { kind: 'list' },
  doubts: wideRanges,
  parse: (texts) =>
    parseList(texts, (text) => {
      const cidr = parseCidr(text);
      return cidr === undefined ? refuse('invalid_cidr', CIDR, text) : accept(cidr);
    }),
};

/**
 * Warnings for lists of CIDRs. `10.0.0.5/8` is how a machine shows its address with its network; copied into a list it
 * means all of `10.0.0.0/8`, although the one address was probably meant.
 */
export function wideRanges(texts: readonly string[]): string[] {
  return listItems(texts).flatMap((text) => {
    const cidr = parseCidr(text);
    const address = text.slice(0, Math.max(text.indexOf('/'), 0));
    const ip = parseIp(address);
    if (cidr === undefined || ip === undefined) return [];
    // A v4-mapped address counts as IPv4.
    const own = ip.subarray(ip.length - cidr.ip.length);
    if (own.every((byte, at) => byte === cidr.ip[at])) return [];
    return [`${text} means all of ${formatCidr(cidr)}; for the one address write ${address}`];
  });
}

const EVERYONE: readonly Cidr[] = [
  { ip: new Uint8Array(4), prefix: 0 },
  { ip: new Uint8Array(16), prefix: 0 },
];

/** True if the ranges together hold every address of a family. */
export function coversEveryone(ranges: readonly Cidr[]): boolean {
  const set = createIpSet(ranges);
  return EVERYONE.some((all) => ipSetCovers(set, all));
}

const CLIENT_PREFIX = '4:BITS or 6:BITS, or both, such as 4:32,6:64';

/** An IPv6 subscriber has at least a /64, and may use any address of it. */
const USUAL_BITS: ClientPrefix = { v4: 32, v6: 64 };
const MOST_BITS = { v4: 32, v6: 128 } as const;

/** How many leading bits of an address identify a client; the default for a family that is not given. */
export const clientPrefix: ValueType<ClientPrefix> = {
  arity: 'list',
  values: '`4:BITS` `6:BITS`',
  expected: CLIENT_PREFIX,
  file: { kind: 'list' },
  parse: (texts) => {
    const bits: { v4?: number; v6?: number } = {};
    for (const text of listItems(texts)) {
      const match = /^([46]):(0|[1-9]\d{0,2})$/.exec(text);
      if (match === null) return refuse('invalid_client_prefix', CLIENT_PREFIX, text);
      const family = match[1] === '4' ? 'v4' : 'v6';
      const count = Number(match[2]);
      if (count > MOST_BITS[family]) return refuse('too_large', `at most ${MOST_BITS[family]} bits`, text);
      if (bits[family] !== undefined) return refuse('contradictory_client_prefix', 'each family once', text);
      bits[family] = count;
    }
    return accept({ ...USUAL_BITS, ...bits });
  },
};
