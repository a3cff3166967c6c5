import { formatIp, parseIp } from './ip.ts';
import { isV4Mapped } from './v4-mapped.ts';

/** A range of addresses: 4 or 16 bytes whose host bits are zero, and the length of the prefix in bits. */
export interface Cidr {
  readonly ip: Uint8Array;
  readonly prefix: number;
}

/**
 * `10.0.0.0/8`, `fd00::/8`, or a bare address (a range of one) → Cidr, or undefined. The prefix is strict decimal and
 * host bits are cleared. A v4-mapped range with a prefix of 96 or more becomes the IPv4 range that it stands for.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (ip === undefined) return undefined;
  const bits = 8 * ip.length;
  const prefix = slash < 0 ? bits : parsePrefix(text.slice(slash + 1));
  if (prefix === undefined || prefix > bits) return undefined;
  if (prefix >= 96 && ip.length === 16 && isV4Mapped(ip)) return mask(ip.slice(12), prefix - 96);
  return mask(ip, prefix);
}

/** The inverse of `parseCidr`, always with the prefix. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr.ip)}/${cidr.prefix}`;
}

function parsePrefix(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : undefined;
}

function mask(ip: Uint8Array, prefix: number): Cidr {
  for (let i = 0; i < ip.length; i++) {
    const keep = Math.min(8, Math.max(0, prefix - 8 * i));
    ip[i] = (ip[i] as number) & (0xff << (8 - keep));
  }
  return { ip, prefix };
}
