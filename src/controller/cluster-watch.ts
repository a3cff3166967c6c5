import { createIpSet } from '../address/ip-set.ts';
import type { GatewayOptions } from '../config/gateway-options.ts';
import { type DiscoveryClock, realClock } from '../discovery/discovery-clock.ts';
import type { KubernetesClient } from '../discovery/kubernetes/api-client.ts';
import { createKindWatch, type KindWatchParts } from '../discovery/kubernetes/watch/kind-watch.ts';
import type { Reflector } from '../discovery/kubernetes/watch/reflector.ts';
import type { Changed } from '../discovery/kubernetes/watch/resource-store.ts';
import { createTroubles, type WatchedKind } from '../discovery/kubernetes/watch/troubles.ts';
import { createWholeCluster, type WholeCluster } from '../discovery/kubernetes/whole-cluster.ts';
import { createThrottle } from '../discovery/throttle.ts';
import type { SourceRemark } from '../endpoints/endpoint-source.ts';
import { type InstanceReading, type InstanceState, readInstanceLease } from './lease/instance-report.ts';
import { createInstances } from './lease/instances.ts';
import { leasePath } from './lease/lease-record.ts';
import type { ClusterObjects, NodeObject, ObjectFacts, ServiceObject } from './objects/cluster-objects.ts';
import { GATEWAY_GROUP } from './objects/gateway-api.ts';
import { readGateway } from './objects/read-gateway.ts';
import { readGatewayClass } from './objects/read-gateway-class.ts';
import { readGrant } from './objects/read-grant.ts';
import { readNamespace } from './objects/read-namespace.ts';
import { readNode } from './objects/read-node.ts';
import { readTcpRoute } from './objects/read-route.ts';
import { readServiceObject } from './objects/read-service.ts';

export interface ClusterWatchParts {
  readonly client: KubernetesClient;
  readonly options: Pick<GatewayOptions, 'endpointCidrs' | 'checkPods' | 'prefix'>;
  /** Where the Leases of the instances are. */
  readonly ownNamespace: string;
  /** `app.kubernetes.io/component=gateway-instance`. */
  readonly leaseSelector: string;
  /** Everything is listed for the first time, or something has changed since. At most once each 50 ms. */
  readonly changed: () => void;
  readonly remark: (remark: SourceRemark) => void;
  readonly clock?: DiscoveryClock;
  readonly random?: () => number;
}

/** The objects of a cluster, from one watch for each kind (G9). While the API is away, they are the last ones known. */
export interface ClusterWatch {
  /** As they are now; an object is the same one until it changes. */
  readonly objects: WatchedObjects;
  /** Every kind that the API has is listed (G3). Once true, it stays so. */
  readonly isSynced: boolean;
  /** For sources of endpoints, from the same watches. */
  readonly cluster: WholeCluster<ServiceObject>;
  /** How many objects of a kind there are. */
  readonly counts: { readonly [kind in WatchedKind]: number };
  start(): void;
  /** Sources must have stopped before. */
  stop(): Promise<void>;
}

export interface WatchedObjects extends ClusterObjects {
  readonly instances: ReadonlyMap<string, InstanceState>;
}

/** A change is in force 100 ms after its event (G9); rolling updates make many events. */
const CHANGED_MS = 50;

export function createClusterWatch(parts: ClusterWatchParts): ClusterWatch {
  const { client, options, remark, clock = realClock, random = Math.random } = parts;
  const throttle = createThrottle({ everyMs: CHANGED_MS, clock, run: parts.changed });
  const troubles = createTroubles({
    ...{ server: client.server, clock, say: remark },
    rest: () =>
      isSynced() ? 'keeping what was last known' : 'nothing is opened before all kinds are listed',
  });
  const common = { client, troubles, clock, random };
  const cluster = createWholeCluster<ServiceObject>({
    ...{ ...common, changed, readService: (object) => slim(readServiceObject(object)) },
    checkPods: options.checkPods,
    cidrs: options.endpointCidrs.length === 0 ? null : createIpSet(options.endpointCidrs),
  });
  const instances = createInstances(clock, changed);

  function watch<T extends ObjectFacts>(
    kind: WatchedKind,
    path: KindWatchParts<T>['path'],
    read: (object: unknown) => T | null,
    more: Partial<Pick<KindWatchParts<T>, 'mayBeAbsent' | 'changed'>> = {},
  ): Reflector<T> {
    return createKindWatch<T>({
      ...{ ...common, kind, path, changed, ...more },
      read(object) {
        const value = slim(read(object));
        return value && { service: value.name, value };
      },
    });
  }

  /** Keeps annotations of the gateway alone: an object may have 256 KiB of others, such as a copy of itself by kubectl. */
  function slim<T extends ObjectFacts>(value: T | null): T | null {
    if (value === null) return null;
    const own = Object.entries(value.annotations).filter(([name]) => name.startsWith(options.prefix));
    return { ...value, annotations: Object.fromEntries(own) };
  }

  /** A kind whose definition is installed apart from Kubernetes. */
  function watchGatewayKind<T extends ObjectFacts>(
    kind: WatchedKind,
    resource: string,
    versions: readonly string[],
    read: (object: unknown) => T | null,
  ): Reflector<T> {
    const paths = versions.map((version) => `/apis/${GATEWAY_GROUP}/${version}/${resource}`);
    return watch(kind, paths, read, { mayBeAbsent: true });
  }

  const kinds = {
    namespace: watch('namespace', '/api/v1/namespaces', readNamespace),
    node: watch('node', '/api/v1/nodes', readNode, { changed: nodesChanged }),
    gateway_class: watchGatewayKind('gateway_class', 'gatewayclasses', ['v1'], readGatewayClass),
    gateway: watchGatewayKind('gateway', 'gateways', ['v1'], readGateway),
    tcp_route: watchGatewayKind('tcp_route', 'tcproutes', ['v1', 'v1alpha2'], readTcpRoute),
    grant: watchGatewayKind('grant', 'referencegrants', ['v1', 'v1beta1'], readGrant),
    lease: createKindWatch<InstanceReading>({
      ...{ ...common, kind: 'lease', changed: leasesChanged, alive: instances.seen },
      path: leasePath(parts.ownNamespace),
      selector: { labelSelector: parts.leaseSelector },
      read: (object) => {
        const value = readInstanceLease(object, clock.now());
        return value && { service: `${parts.ownNamespace}/${value.name}`, value };
      },
    }),
  };

  /** Addresses of nodes are no endpoints (G11). */
  function nodesChanged(which: Changed): void {
    cluster.reserve(
      [...which].map((name) => {
        const node: NodeObject | undefined = kinds.node.values.get(name);
        const ips = node === undefined ? [] : [...node.internalIps, ...node.externalIps];
        return { owner: `node ${name}`, what: 'a node', ips };
      }),
    );
    changed();
  }

  /** A Lease is renewed every few seconds, which only counts as a change if it says something new. */
  function leasesChanged(which: Changed): void {
    for (const key of which) {
      const reading = kinds.lease.values.get(key);
      if (reading === undefined) instances.remove(key.slice(key.indexOf('/') + 1));
      else instances.put(reading);
    }
    if (!wasSynced) changed();
  }

  let wasSynced = false;
  function isSynced(): boolean {
    wasSynced ||= cluster.isSynced && Object.values(kinds).every(({ synced }) => synced);
    return wasSynced;
  }

  function changed(): void {
    if (isSynced()) throttle.request();
  }

  const objects: WatchedObjects = {
    services: cluster.services,
    namespaces: kinds.namespace.values,
    nodes: kinds.node.values,
    gatewayClasses: kinds.gateway_class.values,
    gateways: kinds.gateway.values,
    tcpRoutes: kinds.tcp_route.values,
    grants: kinds.grant.values,
    get tcpRouteVersion() {
      return kinds.tcp_route.path?.split('/').at(-2) ?? null;
    },
    get instances() {
      return instances.all;
    },
    readyNodes: (service) => cluster.readyNodes(service),
  };

  return {
    objects,
    get isSynced() {
      return isSynced();
    },
    cluster,
    get counts() {
      const { namespace, node, gateway_class, gateway, tcp_route, grant, lease } = kinds;
      return {
        ...{ service: cluster.services.size, slices: cluster.sliceCount, pod: cluster.podCount },
        ...{ namespace: namespace.values.size, node: node.values.size, lease: lease.values.size },
        ...{ gateway_class: gateway_class.values.size, gateway: gateway.values.size },
        ...{ tcp_route: tcp_route.values.size, grant: grant.values.size },
      };
    },
    start() {
      cluster.start();
      for (const each of Object.values(kinds)) each.start();
    },
    async stop() {
      throttle.stop();
      instances.stop();
      await Promise.all([cluster.stop(), ...Object.values(kinds).map((each) => each.stop())]);
      troubles.stop();
    },
  };
}
