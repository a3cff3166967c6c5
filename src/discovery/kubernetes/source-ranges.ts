import { formatCidr, parseCidr } from '../../address/cidr.ts';
import { listOf, textOf } from './json.ts';

/** The meaning of `loadBalancerSourceRanges`. */
export interface SourceRanges {
  /** The CIDRs of the clients that are admitted, as canonical text; null: all clients. */
  readonly ranges: readonly string[] | null;
  /** Entries that are not CIDRs. */
  readonly malformed: readonly string[];
}

const EVERYONE = { IPv4: '0.0.0.0/0', IPv6: '::/0' } as const;
type FamilyName = keyof typeof EVERYONE;
const FAMILIES = Object.keys(EVERYONE) as FamilyName[];

/**
 * Reads the ranges like kube-proxy: trimmed, and each family separately. A family of the Service is open if it has no
 * range, or a range of /0. A family that the Service does not have is closed as soon as there is any range: with
 * kube-proxy no such client could connect, but here a header could announce one.
 *
 * Entries that are not CIDRs are ignored. If no entry is a CIDR, nobody is admitted, because the ranges were meant as a
 * restriction. `families`: those of the Service; without any it has both.
 */
export function readSourceRanges(value: unknown, families: unknown): SourceRanges {
  const entries = listOf(value).map((entry) => textOf(entry)?.trim() ?? '');
  if (entries.length === 0) return { ranges: null, malformed: [] };
  const ranges: { [family in FamilyName]: string[] } = { IPv4: [], IPv6: [] };
  const malformed: string[] = [];
  for (const entry of entries) {
    // The API does not accept an address without a prefix either.
    const cidr = entry.includes('/') ? parseCidr(entry) : undefined;
    if (cidr === undefined) malformed.push(entry);
    else ranges[cidr.ip.length === 4 ? 'IPv4' : 'IPv6'].push(formatCidr(cidr));
  }
  if (malformed.length === entries.length) return { ranges: [], malformed };
  const own = FAMILIES.filter((family) => listOf(families).includes(family));
  const open = (own.length === 0 ? FAMILIES : own).filter((family) => ranges[family].length === 0);
  for (const family of FAMILIES) {
    if (open.includes(family) || ranges[family].includes(EVERYONE[family]))
      ranges[family] = [EVERYONE[family]];
  }
  const all = [...new Set(FAMILIES.flatMap((family) => ranges[family].sort()))];
  const isOpen = FAMILIES.every((family) => all.includes(EVERYONE[family]));
  return { ranges: isOpen ? null : all, malformed };
}
