import { formatCidr, parseCidr } from '../../address/cidr.ts';
import { listOf, textOf } from './json.ts';

/** What `loadBalancerSourceRanges` comes to. */
export interface SourceRanges {
  /** The CIDRs whose clients are admitted, in canonical text; null: everyone. */
  readonly ranges: readonly string[] | null;
  /** Entries that are no CIDR. */
  readonly malformed: readonly string[];
}

const EVERYONE = { IPv4: '0.0.0.0/0', IPv6: '::/0' } as const;
type FamilyName = keyof typeof EVERYONE;
const FAMILIES = Object.keys(EVERYONE) as FamilyName[];

/**
 * As kube-proxy reads them: trimmed, and each family by itself. A family of the Service that no range is of is open, and
 * so is one with a range of /0. A family that the Service does not have is closed as soon as there is any range:
 * kube-proxy lets no client of it come, and here it could be announced.
 *
 * Entries that are no CIDR do not count. Where none of them is one nobody is admitted: whoever wrote them did not
 * mean everyone. `families` are those of the Service; without any it has both.
 */
export function readSourceRanges(value: unknown, families: unknown): SourceRanges {
  const entries = listOf(value).map((entry) => textOf(entry)?.trim() ?? '');
  if (entries.length === 0) return { ranges: null, malformed: [] };
  const ranges: { [family in FamilyName]: string[] } = { IPv4: [], IPv6: [] };
  const malformed: string[] = [];
  for (const entry of entries) {
    // An address alone is no range to the API, either.
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
