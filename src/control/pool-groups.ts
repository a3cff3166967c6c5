import { addressText } from '../address/address-text.ts';
import type { Destination, ListenerOptions } from '../config/config.ts';
import type { SourceState } from '../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';
import type { EndpointGroup } from '../endpoints/snapshot.ts';
import type { EndpointChoice } from '../endpoints/traffic-policy.ts';

/** A group before its endpoints have slots, with what tables show of it. */
export interface PoolGroup extends Pick<EndpointGroup, 'name' | 'weight' | 'tier'> {
  readonly choice: EndpointChoice;
  readonly known: readonly KnownEndpoint[];
  readonly share: EndpointShare;
}

/** The share of the group that an endpoint is in, as somebody wrote it: a weight of `--weight`, or of an SRV record. */
export interface EndpointShare {
  readonly weight: number;
  readonly backup: boolean;
}

/** Tiers of backups come after those of all priorities of SRV records, which have 16 bits. */
const BACKUP_TIER = 65_536;
/** RFC 2782: among others with a weight, a record with the weight 0 has a very small chance. */
const LEAST_SHARE = 0.01;

/**
 * The groups of a listener: one for each destination, and for each record of an SRV name; null if sessions are balanced over all
 * endpoints alike. `states` are those of `poolSources`, in its order.
 */
export function poolGroups(
  options: ListenerOptions,
  states: readonly SourceState[],
  choose: Choose,
): readonly PoolGroup[] | null {
  const isShared = options.weighted || options.refusesEmptyShares;
  if (!isShared && !options.to.some(({ name }) => name?.kind === 'srv')) return null;
  const destinations = knownOf(options.to, states);
  if (isShared) return destinations.flatMap((each) => split(each, choose));
  const ofRecords = destinations.filter(({ known }) => recordsMatter(known));
  if (ofRecords.length === 0) return null;
  const others = destinations.filter((each) => !ofRecords.includes(each)).flatMap(({ known }) => known);
  // Without weights of its own, a destination gets what it would get if all endpoints were one pool.
  const groups = ofRecords.flatMap((each) => {
    const size = choose(primaries(each.known)).usable.length;
    const { length } = destinations;
    return split(length === 1 ? each : { ...each, weight: size }, choose).map(withRecordWeight);
  });
  if (others.length === 0) return groups;
  const choice = choose(others);
  const { length: weight } = choice.usable;
  return [
    ...groups,
    { name: 'others', weight, tier: 0, choice, known: others, share: { weight: 1, backup: false } },
  ];
}

/** Applies the policy of the listener to the endpoints of a group. */
export type Choose = (known: readonly KnownEndpoint[]) => EndpointChoice;

interface KnownDestination {
  readonly name: string;
  readonly weight: number;
  readonly backup: boolean;
  readonly known: readonly KnownEndpoint[];
  /** Whether it is the only one, so that the weights of its records need no common measure with others. */
  readonly isOnly: boolean;
}

function knownOf(to: readonly Destination[], states: readonly SourceState[]): readonly KnownDestination[] {
  const isAddress = ({ name }: Destination) => name?.kind === 'tcp' || name?.kind === 'unix';
  const hasFixed = to.some(isAddress);
  const fixed = hasFixed ? states[0]!.endpoints : [];
  const byText = new Map(fixed.map((endpoint) => [endpoint.text, endpoint]));
  let next = hasFixed ? 1 : 0;
  return to.map(({ name, weight, backup }, index) => {
    const rest = { weight, backup, isOnly: to.length === 1 };
    // Two destinations that are not valid are two groups.
    if (name === null) return { ...rest, name: `invalid destination ${index + 1}`, known: [] };
    if ('text' in name) return { ...rest, name: name.text, known: states[next++]!.endpoints };
    const text = addressText(name);
    const endpoint = byText.get(text);
    return { ...rest, name: text, known: endpoint === undefined ? [] : [endpoint] };
  });
}

/** A destination as one group, or as one for each record of an SRV name. */
function split(
  { name, weight, backup, known, isOnly }: KnownDestination,
  choose: Choose,
): readonly PoolGroup[] {
  const share = { weight, backup };
  const base = backup ? BACKUP_TIER : 0;
  const records = recordsOf(known);
  if (records.length < 2) return [{ name, weight, tier: base, choice: choose(known), known, share }];
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  const sums = new Map(
    priorities.map((priority) => {
      const same = records.filter((each) => each.priority === priority);
      return [priority, { sum: same.reduce((sum, each) => sum + each.weight, 0), count: same.length }];
    }),
  );
  return records.map(({ key, weight: own, priority, endpoints }) => {
    const { sum, count } = sums.get(priority)!;
    const chance = sum === 0 ? 1 : own === 0 ? LEAST_SHARE : own;
    return {
      name: `${name} ${key}`,
      weight: isOnly ? chance : (weight * chance) / (sum || count),
      tier: base + priorities.indexOf(priority),
      choice: choose(endpoints),
      known: endpoints,
      share: { weight, backup: backup || priority !== priorities[0] },
    };
  });
}

function withRecordWeight(group: PoolGroup): PoolGroup {
  const weight = group.known[0]?.record?.weight ?? group.share.weight;
  return { ...group, share: { ...group.share, weight } };
}

interface SrvGroup {
  readonly key: string;
  readonly weight: number;
  readonly priority: number;
  readonly endpoints: KnownEndpoint[];
}

function recordsOf(known: readonly KnownEndpoint[]): readonly SrvGroup[] {
  const records = new Map<string, SrvGroup>();
  for (const endpoint of known) {
    const { record } = endpoint;
    if (record === undefined) continue;
    const key = `${record.host}:${endpoint.port}`;
    const group = records.get(key) ?? { key, ...record, endpoints: [] };
    group.endpoints.push(endpoint);
    records.set(key, group);
  }
  return [...records.values()];
}

/** False if the records say no more than that each endpoint gets as much as any other. */
function recordsMatter(known: readonly KnownEndpoint[]): boolean {
  const records = recordsOf(known);
  const [first] = records;
  return (
    records.some(
      ({ weight, priority, endpoints }) =>
        weight !== first!.weight || priority !== first!.priority || endpoints.length !== 1,
    ) && records.length > 1
  );
}

/** The endpoints of the lowest priority. */
function primaries(known: readonly KnownEndpoint[]): readonly KnownEndpoint[] {
  const lowest = Math.min(...known.map(({ record }) => record?.priority ?? 0));
  return known.filter(({ record }) => (record?.priority ?? 0) === lowest);
}

/** Merges sources; an endpoint known to several is ready if any says so. */
export function union(lists: readonly (readonly KnownEndpoint[])[]): readonly KnownEndpoint[] {
  const [only, ...others] = lists;
  if (only !== undefined && others.length === 0) return only;
  const byText = new Map<string, KnownEndpoint>();
  for (const endpoint of lists.flat()) {
    if (byText.get(endpoint.text)?.ready !== true) byText.set(endpoint.text, endpoint);
  }
  return [...byText.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
}
