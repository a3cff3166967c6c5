import { buildHashTable } from '../endpoints/maglev.ts';
import type { Endpoint, EndpointGroup, Snapshot } from '../endpoints/snapshot.ts';
import type { EndpointChoice } from '../endpoints/traffic-policy.ts';
import { type EndpointShare, type PoolGroup, union } from './pool-groups.ts';
import { isSameHop } from './pool-reach.ts';

/** The endpoints of all groups together. Those of weight 0 are not used. */
export function choiceOf(groups: readonly PoolGroup[]): EndpointChoice {
  const used = groups.filter(({ weight }) => weight > 0);
  const usable = union(used.map(({ choice }) => choice.usable));
  const taken = new Set(usable.map(({ text }) => text));
  const standby = union(used.map(({ choice }) => choice.standby)).filter(({ text }) => !taken.has(text));
  const reasons = used.map(({ choice }) => choice.empty);
  const empty = (['no_capable_node', 'no_local_endpoint', 'no_ready_endpoint'] as const).find((each) =>
    reasons.includes(each),
  );
  return { usable, standby, empty: usable.length > 0 ? 'no_endpoint' : (empty ?? 'no_endpoint') };
}

/** The groups that may get sessions. One alone is all that there is, so it is none. */
export function snapshotGroups(
  groups: readonly PoolGroup[],
  usable: readonly Endpoint[],
): EndpointGroup[] | null {
  const used = groups.filter(({ weight }) => weight > 0);
  if (used.length < 2) return null;
  const indexes = new Map(usable.map(({ text }, index) => [text, index]));
  return used.map(({ name, weight, tier, choice }) => {
    const members = Uint16Array.from(choice.usable, ({ text }) => indexes.get(text)!);
    return { name, weight, tier, members, empty: choice.empty, hashTable: null };
  });
}

/** By slot, the share of the first group that the endpoint is in. */
export function sharesOf(groups: readonly PoolGroup[], slots: ReadonlyMap<string, number>) {
  const shares = new Map<number, EndpointShare>();
  for (const { known, share } of groups) {
    for (const { text } of known) {
      const slot = slots.get(text)!;
      if (!shares.has(slot)) shares.set(slot, share);
    }
  }
  return shares;
}

/** A snapshot before it has a number and tables. */
type Chosen = Omit<Snapshot, 'generation' | 'hashTable'>;

/** The snapshot to send; the one in force if it is still right. `hashes`: clients are balanced by their hash. */
export function snapshotOf(chosen: Chosen, hashes: boolean, before: Snapshot | undefined): Snapshot {
  if (before !== undefined && isHashed(before, hashes) && isSameChoice(chosen, before)) return before;
  const { endpoints, groups } = chosen;
  const hashTable = hashes && groups === null ? tableOf(endpoints, before) : null;
  return {
    generation: (before?.generation ?? 0) + 1,
    ...chosen,
    hashTable,
    groups: groups !== null && hashes ? groups.map((group) => withTable(group, endpoints)) : groups,
  };
}

/** The table in force if it is of these endpoints: their hops have no part in it. */
function tableOf(endpoints: readonly Endpoint[], before: Snapshot | undefined): Uint16Array | null {
  const isSame = before !== undefined && sameNumbers(slotsOf(endpoints), slotsOf(before.endpoints));
  return (isSame ? before.hashTable : null) ?? buildHashTable(endpoints);
}

const slotsOf = (endpoints: readonly Endpoint[]) => endpoints.map(({ slot }) => slot);

function withTable(group: EndpointGroup, endpoints: readonly Endpoint[]): EndpointGroup {
  if (group.members.length < 2) return group;
  const members = Array.from(group.members, (index) => endpoints[index]!);
  return { ...group, hashTable: buildHashTable(members) };
}

/** Whether the snapshot has the tables of `client-hash` if it needs them, and only then. */
function isHashed({ hashTable, groups }: Snapshot, hashes: boolean): boolean {
  if (groups === null) return (hashTable !== null) === hashes;
  return groups.every((group) => (group.hashTable !== null) === (hashes && group.members.length > 1));
}

/** Slots are compared instead of addresses: a slot stays with its address as long as a plan names it. Hops have no slots. */
function isSameChoice(chosen: Chosen, before: Snapshot): boolean {
  return (
    chosen.empty === before.empty &&
    chosen.refusesEmptyShares === before.refusesEmptyShares &&
    sameNumbers(slotsOf(chosen.endpoints), slotsOf(before.endpoints)) &&
    chosen.endpoints.every(({ hop }, index) => isSameHop(hop, before.endpoints[index]!.hop)) &&
    (chosen.known === null) === (before.known === null) &&
    sameNumbers(chosen.known ?? [], before.known ?? []) &&
    (chosen.groups === null) === (before.groups === null) &&
    isSameGroups(chosen.groups ?? [], before.groups ?? [])
  );
}

function isSameGroups(some: readonly EndpointGroup[], others: readonly EndpointGroup[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ name, weight, tier, members, empty }, index) => {
      const other = others[index]!;
      return (
        name === other.name &&
        weight === other.weight &&
        tier === other.tier &&
        empty === other.empty &&
        sameNumbers(members, other.members)
      );
    })
  );
}

/** Whether both have the same numbers in the same order. */
export function sameNumbers(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  return one.length === other.length && Array.from(one).every((number, index) => number === other[index]);
}
