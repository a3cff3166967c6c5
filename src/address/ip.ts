import { scanIpv4, writeIpv4 } from './ipv4.ts';
import { scanIpv6, writeIpv6 } from './ipv6.ts';

/** 45 = 6·4 digits + 6 colons + 15 of a dotted tail: the longest IPv6 text. With the space that ends it: 46. */
const MAX_TEXT = 45;
const SPACE = 0x20;
const COLON = 0x3a;

const text = Buffer.allocUnsafeSlow(MAX_TEXT + 1);
const bytes = new Uint8Array(16);

/**
 * Strict IP text → 4 or 16 bytes, or undefined. IPv4: four decimals without leading zeros. IPv6: RFC 4291, either
 * case, `::` once, dotted tail accepted, no zone. A v4-mapped address stays 16 bytes; see `unmapped`.
 */
export function parseIp(ip: string): Uint8Array | undefined {
  const length = ip.length;
  if (length > MAX_TEXT) return undefined;
  let isV6 = false;
  for (let i = 0; i < length; i++) {
    const code = ip.charCodeAt(i);
    // A code unit beyond ASCII would lose its high byte below, and U+0131 would be read as the digit 1.
    if (code > 0x7f) return undefined;
    if (code === COLON) isV6 = true;
    text[i] = code;
  }
  text[length] = SPACE;
  const stop = isV6 ? scanIpv6(text, 0, length + 1, bytes, 0) : scanIpv4(text, 0, length + 1, bytes, 0);
  return stop === length ? bytes.slice(0, isV6 ? 16 : 4) : undefined;
}

/** The family of an address of 4 or 16 bytes. */
export function familyOf(ip: Uint8Array): 4 | 6 {
  return ip.length === 4 ? 4 : 6;
}

/**
 * 4 or 16 bytes at `at` → canonical text: IPv6 by RFC 5952, v4-mapped in hexadecimal groups (§2.1 does not allow a
 * sender a dotted tail). Without `length`, all bytes from `at` on.
 */
export function formatIp(ip: Uint8Array, at = 0, length: number = ip.length - at): string {
  return text.toString('latin1', 0, writeIp(text, 0, ip, at, length));
}

/** Writes the text of `formatIp` as ASCII; returns the number of bytes, at most 39. */
export function writeIp(
  target: Uint8Array,
  at: number,
  ip: Uint8Array,
  ipAt: number,
  length: number,
): number {
  return length === 4 ? writeIpv4(target, at, ip, ipAt) : writeIpv6(target, at, ip, ipAt);
}
