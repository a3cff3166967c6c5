import { formatIp, parseIp } from '../../address/ip.ts';
import { type IpSet, ipSetHas } from '../../address/ip-set.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import type { DiscoveryClock } from '../discovery-clock.ts';
import type { KubernetesClient } from './api-client.ts';
import type { KubernetesCluster } from './cluster.ts';
import type { ApiFailure } from './failure.ts';
import { type Followed, NamedFollowing } from './named-following.ts';
import type { FollowListener } from './namespace-watches.ts';
import { createPodCheck } from './pod-check.ts';
import { isSamePlace, NOWHERE, type ReadyNodes, readReadyNodes } from './ready-nodes.ts';
import { createReservedAddresses } from './reserved-addresses.ts';
import type { Service } from './service.ts';
import { readSlice, restrict, type Slice, type SliceEndpoint } from './slice.ts';
import { createKindWatch } from './watch/kind-watch.ts';
import type { Changed } from './watch/resource-store.ts';
import type { Known } from './watch/service-watches.ts';
import type { Troubles } from './watch/troubles.ts';

/** What the whole cluster needs to know of a Service, however it is read. */
export interface ClusterService {
  readonly namespace: string;
  readonly name: string;
  readonly service: Service;
  /** In canonical form. */
  readonly clusterIps: readonly string[];
}

/**
 * All Services of the cluster and their endpoints, from one watch of Services and one of EndpointSlices (G9), however many
 * Services are followed. Names of Services are `namespace/name`.
 *
 * Whoever can write slices could otherwise have Herald dial what a NetworkPolicy forbids (G11). An endpoint counts only if it
 * is said to be a Pod of the Service's own namespace, or is within `--endpoint-cidrs`; and never if it has an address of a
 * node, of a Service or of the API server.
 */
export interface WholeCluster<S extends ClusterService> extends KubernetesCluster {
  /** All Services, as they are now. */
  readonly services: ReadonlyMap<string, S>;
  /** How many there are. */
  readonly sliceCount: number;
  readonly podCount: number;
  /** Everything has been listed. */
  readonly isSynced: boolean;
  /** Where a Service has ready endpoints; the same object until that changes. */
  readyNodes(service: string): ReadyNodes;
  /** No endpoint may have these addresses. Those of many owners at once cost one pass over all endpoints. */
  reserve(all: Iterable<OwnedAddresses>): void;
  start(): void;
  /** Followers must have stopped before. */
  stop(): Promise<void>;
}

/** Addresses that belong to somebody. They are in canonical form, and replace the former ones of this owner. */
export interface OwnedAddresses {
  readonly owner: string;
  /** Whose they are, in a few words. */
  readonly what: string;
  readonly ips: readonly string[];
}

export interface WholeClusterParts<S extends ClusterService> {
  readonly client: KubernetesClient;
  readonly troubles: Troubles;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
  readonly readService: (object: unknown) => S | null;
  /** `--endpoint-cidrs`: where endpoints need no Pod; null: nowhere. */
  readonly cidrs: IpSet | null;
  /** `--check-pods`: an endpoint must have an address of its Pod. */
  readonly checkPods: boolean;
  /** A list is there, or a Service has changed, or where it has ready endpoints. */
  readonly changed: () => void;
}

export function createWholeCluster<S extends ClusterService>(parts: WholeClusterParts<S>): WholeCluster<S> {
  const { client, troubles, clock, random, cidrs, checkPods } = parts;
  const followers = new Map<string, Set<FollowListener>>();
  const reserved = createReservedAddresses();
  /** Slices without the endpoints that are refused. */
  const admitted = new WeakMap<Slice, Slice>();
  /** Of Services that were asked for. */
  const ready = new Map<string, ReadyNodes>();
  let lastEventAt: number | null = null;
  const common = {
    ...{ client, troubles, clock, random, failed },
    alive() {
      lastEventAt = clock.date() / 1000;
    },
  };
  const services = createKindWatch<S>({
    ...{ ...common, kind: 'service', path: '/api/v1/services', changed: servicesChanged },
    read(object) {
      const value = parts.readService(object);
      return value && { service: `${value.namespace}/${value.name}`, value };
    },
  });
  const slices = createKindWatch<Slice>({
    ...{
      ...common,
      kind: 'slices',
      path: '/apis/discovery.k8s.io/v1/endpointslices',
      changed: slicesChanged,
    },
    read(object) {
      const value = readSlice(object, { namespace: null, services: null });
      return value && { service: serviceOf(value), value };
    },
  });
  const pods = checkPods ? createPodCheck({ client, troubles, clock, random, changed: podsChanged }) : null;
  let wasSynced = false;
  reserve([{ owner: 'the API server', what: 'the API server', ips: hostOf(client.server) }]);

  function failed({ code }: ApiFailure): void {
    for (const all of followers.values()) for (const listener of all) listener.failed(code);
  }

  function whyNot(slice: Slice, endpoint: SliceEndpoint): string | null {
    const { ip, ipText, pod } = endpoint;
    const owner = reserved.ownerOf(ipText);
    if (owner !== null) return `an address of ${owner}`;
    if (cidrs !== null && ipSetHas(cidrs, ip)) return null;
    if (pod === null || pod.namespace !== slice.namespace) return 'not a Pod of the namespace of its Service';
    return pods === null ? null : pods.whyNot(slice, endpoint);
  }

  function admit(slice: Slice): Slice {
    const known = admitted.get(slice);
    if (known !== undefined) return known;
    const rest = restrict(slice, (endpoint) => whyNot(slice, endpoint));
    const isWhole = rest.endpoints.length === slice.endpoints.length;
    admitted.set(slice, isWhole ? slice : rest);
    return isWhole ? slice : rest;
  }

  function admittedOf(service: string): readonly Slice[] {
    return [...slices.of(service)].map(admit);
  }

  function knownOf(service: string): Known<Service> {
    if (!services.synced) return { is: 'unknown' };
    return { is: 'known', value: services.values.get(service)?.service ?? null };
  }

  function servicesChanged(which: Changed): void {
    for (const service of which) if (!services.values.has(service)) ready.delete(service);
    reserve(
      [...which].map((service) => {
        const ips = services.values.get(service)?.clusterIps ?? [];
        return { owner: `service ${service}`, what: 'a Service', ips };
      }),
    );
    tell(hasBecomeSynced() ? everyone() : which);
    parts.changed();
  }

  function slicesChanged(which: Changed): void {
    if (which.has(API_SERVICE)) {
      // Written by the API server itself. Another name may be used by anybody who can write slices in `default`.
      const own = [...slices.of(API_SERVICE)].filter(({ name }) => name === 'kubernetes');
      const ips = own.flatMap(({ endpoints }) => endpoints.map(({ ipText }) => ipText));
      reserve([{ owner: 'slices', what: 'the API server', ips }]);
    }
    const isMoved = [...which].filter(refreshReady).length > 0;
    const isFirst = hasBecomeSynced();
    tell(isFirst ? everyone() : which);
    if (isMoved || isFirst) parts.changed();
  }

  /** Returns whether it is other nodes that have ready endpoints of the Service now, if anybody wants to know. */
  function refreshReady(service: string): boolean {
    const known = ready.get(service);
    if (known === undefined) return false;
    const all = admittedOf(service);
    const now = all.length === 0 ? NOWHERE : readReadyNodes(all);
    if (isSamePlace(known, now)) return false;
    ready.set(service, now);
    return true;
  }

  function podsChanged(which: Changed): void {
    const names = new Set([...which].map((each) => each.slice(each.indexOf('/') + 1)));
    recheck(({ pod }) => pod !== null && names.has(pod.name));
    if (!hasBecomeSynced()) return;
    tell(everyone());
    parts.changed();
  }

  /** Who is told of the last list: also that a Service does not exist, or has no slice, is known from then on. */
  function everyone(): Changed {
    return new Set(followers.keys());
  }

  function hasBecomeSynced(): boolean {
    const isFirst = !wasSynced && isSynced();
    wasSynced ||= isFirst;
    return isFirst;
  }

  function reserve(all: Iterable<OwnedAddresses>): void {
    const changed = new Set<string>();
    for (const { owner, what, ips } of all) {
      for (const ip of reserved.set(owner, what, ips)) changed.add(ip);
    }
    if (changed.size > 0) recheck(({ ipText }) => changed.has(ipText));
  }

  /** Judges the slices with such endpoints again. A pass over ten thousand endpoints takes less than a millisecond. */
  function recheck(isMeant: (endpoint: SliceEndpoint) => boolean): void {
    const which = new Set<string>();
    for (const slice of slices.values.values()) {
      if (!slice.endpoints.some(isMeant)) continue;
      admitted.delete(slice);
      which.add(serviceOf(slice));
    }
    if (which.size === 0) return;
    const isMoved = [...which].filter(refreshReady).length > 0;
    tell(which);
    if (isMoved) parts.changed();
  }

  function tell(which: Changed): void {
    for (const service of which) for (const listener of followers.get(service) ?? []) listener.changed();
  }

  const areEndpointsKnown = () => slices.synced && (pods === null || pods.isSynced);
  const isSynced = () => services.synced && areEndpointsKnown();
  const all = [services, slices, ...(pods === null ? [] : [pods])];
  const followed: Followed = {
    slicesOf: (name) => (areEndpointsKnown() ? admittedOf(name) : null),
    serviceOf: knownOf,
    lastEventAt: () => lastEventAt,
    leave(name, listener) {
      const others = followers.get(name);
      others?.delete(listener);
      if (others?.size === 0) followers.delete(name);
    },
  };

  return {
    services: services.values,
    get sliceCount() {
      return slices.values.size;
    },
    get podCount() {
      return pods?.count ?? 0;
    },
    get isSynced() {
      return isSynced();
    },
    readyNodes(service) {
      const known = ready.get(service);
      if (known !== undefined) return known;
      // S3. What does not exist is not remembered.
      if (!services.values.has(service)) return NOWHERE;
      const now = readReadyNodes(admittedOf(service));
      ready.set(service, now);
      return now;
    },
    reserve,
    follow({ namespace, service }, listener) {
      const name = `${namespace}/${service}`;
      followers.set(name, (followers.get(name) ?? new Set()).add(listener));
      return new NamedFollowing(followed, name, listener);
    },
    start() {
      for (const each of all) each.start();
    },
    async stop() {
      await Promise.all(all.map((each) => each.stop()));
    },
  };
}

const API_SERVICE = 'default/kubernetes';

function serviceOf({ namespace, service }: Slice): string {
  return `${namespace}/${service}`;
}

/** The address in a URL, if it has one instead of a name. */
function hostOf(url: string): readonly string[] {
  const ip = parseIp(new URL(url).hostname.replace(/^\[|\]$/g, ''));
  return ip === undefined ? [] : [formatIp(unmapped(ip))];
}
