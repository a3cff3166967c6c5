import { formatIp, parseIp } from '../../address/ip.ts';
import { isReachable } from '../../address/reachable.ts';
import { unmapped } from '../../address/v4-mapped.ts';

/** A text as an address in its canonical form, v4-mapped as IPv4; null for anything else. */
export function canonicalIp(text: unknown): string | null {
  const ip = typeof text === 'string' ? parseIp(text) : undefined;
  return ip === undefined ? null : formatIp(unmapped(ip));
}

/** The family of a canonical address. */
export function familyOf(ip: string): 4 | 6 {
  return ip.includes(':') ? 6 : 4;
}

/** True if clients elsewhere may be told this address (canonical text). */
export function isPublishable(ip: string): boolean {
  const bytes = parseIp(ip);
  return bytes !== undefined && isReachable(bytes);
}
