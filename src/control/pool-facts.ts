import { parseCidr } from '../address/cidr.ts';
import { createIpSet, type IpSet } from '../address/ip-set.ts';
import type { ListenerOptions } from '../config/config.ts';
import type { ServiceFacts, SourceState } from '../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';
import type { NodeReach } from '../endpoints/node-reach.ts';
import type { Endpoint, Snapshot } from '../endpoints/snapshot.ts';
import {
  chooseNamed,
  chooseServed,
  ofThisNode,
  type Place,
  policyOf,
  type TrafficPolicy,
} from '../endpoints/traffic-policy.ts';
import { type Choose, type EndpointShare, poolGroups, union } from './pool-groups.ts';
import { type PoolReach, poolReach } from './pool-reach.ts';
import { choiceOf, sameNumbers, sharesOf, snapshotGroups, snapshotOf } from './pool-snapshot.ts';

/** A pool as the control plane sees it: every endpoint that its sources know, and the snapshot for the workers. */
export interface PoolFacts {
  readonly listener: string;
  readonly policy: TrafficPolicy;
  readonly affinityMs: number;
  /** The clients that the Service admits, if it is followed; null: every client. Stays the same object until it changes. */
  readonly allow: IpSet | null;
  /** The Service that `allow` comes from, as it was written; null if there is none. */
  readonly allowedBy: string | null;
  /** Services that restrict their clients, although the listener does not follow that: `shop/web`. */
  readonly unfollowed: readonly string[];
  /** True if every source has answered. */
  readonly synced: boolean;
  /** null if no source is a Service that can be read. */
  readonly service: ServiceFacts | null;
  /** Sorted by text, each once. For `balance: named` those of this node only. */
  readonly endpoints: readonly KnownEndpoint[];
  /** The slot of each, in the same order. */
  readonly slots: readonly number[];
  /** Slots of the endpoints that traffic policy allows. */
  readonly usable: ReadonlySet<number>;
  /** Slots of the endpoints that traffic policy would use if there were no usable ones. */
  readonly standby: ReadonlySet<number>;
  /** How endpoints are reached that are not dialed themselves, and which ones are not used for that (`transparent`). */
  readonly reach: PoolReach;
  /** By slot, the share of the group that it is in; null if all endpoints are one group. */
  readonly shares: ReadonlyMap<number, EndpointShare> | null;
  readonly snapshot: Snapshot;
}

export interface PoolParts {
  readonly options: ListenerOptions;
  readonly states: readonly SourceState[];
  readonly place: Place;
  /** The slots of endpoints, by their texts. */
  readonly slots: (texts: readonly string[]) => readonly number[];
  /** What the source of `--hops` knows; null: there is none. */
  readonly hops: SourceState | null;
  /** null: nothing is known of this node, and each endpoint is dialed itself. */
  readonly reach: NodeReach | null;
  /** The pool in force. If its snapshot is still right it is reused, and not sent to the workers again. */
  readonly before: PoolFacts | undefined;
}

const NO_SLOTS: ReadonlySet<number> = new Set();

/** Applies the traffic policy of a listener to what its sources know, and finds the hops of endpoints on other nodes. */
export function poolFacts(parts: PoolParts): PoolFacts {
  const { options, states, place, slots, before, hops } = parts;
  const isNamed = options.balance === 'named';
  // Of a whole cluster, most are of no use to such a listener, and each would have a row of the shared table.
  const lists = states.map((state) => (isNamed ? ofThisNode(state.endpoints, place) : state.endpoints));
  const endpoints = union(lists);
  const service = states.find((state) => state.service !== null)?.service ?? null;
  const policy = policyInForce(options, service, place);
  const known = slots(endpoints.map(({ text }) => text));
  const slotOf = new Map(endpoints.map(({ text }, index) => [text, known[index]!]));
  const reach = poolReach(endpoints, { options, place, hops, reach: parts.reach });
  const isServed = ({ text }: KnownEndpoint) => !reach.unserved.has(text);
  const choose: Choose = (some) =>
    isNamed ? chooseNamed(some, isServed) : chooseServed(some, isServed, policy, place);
  // A header names an endpoint, not a share.
  const groups = isNamed ? null : poolGroups(options, states, choose);
  const choice = groups === null ? choose(endpoints) : choiceOf(groups);
  const usable = choice.usable.map((endpoint): Endpoint => {
    const { ip, port, path, text } = endpoint;
    const hop = reach.hops.get(text);
    const slot = slotOf.get(text)!;
    return hop === undefined ? { slot, ip, port, path, text } : { slot, ip, port, path, text, hop };
  });
  const closes = options.onEndpointGone === 'close';
  const hashes = options.balance === 'client-hash';
  const snapshot = {
    endpoints: usable,
    empty: choice.empty,
    known: closes ? known : null,
    groups: groups === null ? null : snapshotGroups(groups, usable),
    refusesEmptyShares: options.refusesEmptyShares,
  };
  return {
    listener: options.name,
    policy,
    affinityMs: affinityInForce(options, service),
    allow: allowedClients(options, service, before),
    allowedBy: serviceName(options),
    unfollowed: unfollowedRanges(options, states),
    synced: states.every(({ synced }) => synced) && hops?.synced !== false,
    service,
    endpoints,
    slots: known,
    usable: new Set(usable.map(({ slot }) => slot)),
    standby:
      choice.standby.length === 0 ? NO_SLOTS : new Set(choice.standby.map(({ text }) => slotOf.get(text)!)),
    reach,
    shares: groups === null ? null : sharesOf(groups, slotOf),
    snapshot: snapshotOf(snapshot, hashes, before?.snapshot),
  };
}

/**
 * Without a node name a Service's `Local` is ignored, because then every pod would seem to be on another node. Headers name
 * endpoints of this node only.
 */
function policyInForce(
  { trafficPolicy, balance }: ListenerOptions,
  service: ServiceFacts | null,
  { node }: Place,
): TrafficPolicy {
  if (balance === 'named') return 'Local';
  if (trafficPolicy === 'service' && node === null) return 'Cluster';
  return policyOf(trafficPolicy, service);
}

function affinityInForce({ affinity }: ListenerOptions, service: ServiceFacts | null): number {
  if (affinity.kind === 'client-ip') return affinity.ms;
  return affinity.kind === 'service' ? (service?.affinityMs ?? 0) : 0;
}

/**
 * O1: the clients that the Service admits, if it is followed. After a Service is deleted its last value stays, because its
 * slices may outlive it. If it was never read, every client is admitted.
 */
function allowedClients(
  options: ListenerOptions,
  service: ServiceFacts | null,
  before: PoolFacts | undefined,
): IpSet | null {
  if (options.trafficPolicy !== 'service') return null;
  if (service === null) return before?.allowedBy === serviceName(options) ? (before?.allow ?? null) : null;
  const ranges = service.sourceRanges;
  if (ranges === undefined) return null;
  const allow = createIpSet(ranges.flatMap((range) => parseCidr(range) ?? []));
  return before?.allow != null && sameNumbers(before.allow, allow) ? before.allow : allow;
}

function serviceName({ to }: ListenerOptions): string | null {
  const service = to.find(({ name }) => name?.kind === 'k8s')?.name;
  return service?.kind === 'k8s' ? service.text : null;
}

/** Services that restrict their clients, whose restriction this listener does not apply. */
function unfollowedRanges({ trafficPolicy }: ListenerOptions, states: readonly SourceState[]): string[] {
  if (trafficPolicy === 'service') return [];
  const services = states.flatMap(({ service }) => (service?.sourceRanges ? [service] : []));
  return services.map(({ namespace, name }) => `${namespace}/${name}`);
}
