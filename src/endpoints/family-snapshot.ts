import { buildHashTable } from './maglev.ts';
import type { Endpoint, EndpointGroup, Snapshot } from './snapshot.ts';

/**
 * The part of a snapshot whose addresses have so many bytes (4 or 16); the snapshot itself if that is all of it. Tables of
 * `client-hash` are built anew: which endpoint a client gets must not depend on those that it cannot get.
 */
export function familySnapshot(snapshot: Snapshot, bytes: number): Snapshot {
  const { endpoints, groups, hashTable } = snapshot;
  const kept = endpoints.filter(({ ip }) => ip.length === bytes);
  if (kept.length === endpoints.length) return snapshot;
  const indexes = new Map(kept.map((endpoint, index) => [endpoint, index]));
  return {
    ...snapshot,
    endpoints: kept,
    hashTable: hashTable === null ? null : buildHashTable(kept),
    groups: groups === null ? null : groups.map((group) => ofFamily(group, endpoints, indexes)),
  };
}

function ofFamily(
  group: EndpointGroup,
  endpoints: readonly Endpoint[],
  indexes: ReadonlyMap<Endpoint, number>,
): EndpointGroup {
  const members = Array.from(group.members, (index) => endpoints[index]!).filter((each) => indexes.has(each));
  const needsTable = group.hashTable !== null && members.length > 1;
  return {
    ...group,
    members: Uint16Array.from(members, (each) => indexes.get(each)!),
    hashTable: needsTable ? buildHashTable(members) : null,
  };
}
