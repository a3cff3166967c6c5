import { formatCidr, parseCidr } from '../../address/cidr.ts';
import { parseIp } from '../../address/ip.ts';
import { listItems } from '../value-type.ts';

/**
 * The doubts of every list of CIDRs. `10.0.0.5/8` is what a machine says of its own address and network, and soon
 * copied where that address is meant: as a range it is all of `10.0.0.0/8`.
 */
export function wideRanges(texts: readonly string[]): string[] {
  return listItems(texts).flatMap((text) => {
    const cidr = parseCidr(text);
    const address = text.slice(0, Math.max(text.indexOf('/'), 0));
    const ip = parseIp(address);
    if (cidr === undefined || ip === undefined) return [];
    // A v4-mapped address may be an IPv4 range.
    const own = ip.subarray(ip.length - cidr.ip.length);
    if (own.every((byte, at) => byte === cidr.ip[at])) return [];
    return [`${text} means all of ${formatCidr(cidr)}; for the one address write ${address}`];
  });
}
