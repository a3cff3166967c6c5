import { buildHashTable } from '../../src/endpoints/maglev.ts';
import type { EndpointGroup, Snapshot } from '../../src/endpoints/snapshot.ts';
import { endpoints, snapshot } from './pool-parts.ts';

export interface GroupParts {
  readonly name?: string;
  readonly weight: number;
  readonly tier?: number;
  /** How many endpoints it has. */
  readonly size: number;
}

/** Groups whose endpoints have slots one after the other: the first has 0 to size - 1. */
export function grouped(
  parts: readonly GroupParts[],
  { refuses = false, hashes = false }: { readonly refuses?: boolean; readonly hashes?: boolean } = {},
): Snapshot {
  const all = endpoints(parts.reduce((sum, { size }) => sum + size, 0));
  let next = 0;
  const groups = parts.map(({ name, weight, tier = 0, size }, index): EndpointGroup => {
    const members = Uint16Array.from({ length: size }, (_, at) => next + at);
    const own = all.slice(next, next + size);
    next += size;
    return {
      name: name ?? `group ${index}`,
      weight,
      tier,
      members,
      empty: 'no_ready_endpoint',
      hashTable: hashes && size > 1 ? buildHashTable(own) : null,
    };
  });
  return { ...snapshot(all), groups, refusesEmptyShares: refuses };
}

/** The group that holds the slot. */
export function groupOf({ groups }: Snapshot, slot: number): number {
  return groups!.findIndex(({ members }) => members.includes(slot));
}
