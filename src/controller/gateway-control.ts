import type { ListenerOptions } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import type { GatewayOptions } from '../config/gateway-options.ts';
import { listenerFromTexts } from '../config/listener-from-texts.ts';
import type { DiscoveryClock } from '../discovery/discovery-clock.ts';
import type { KubernetesClient } from '../discovery/kubernetes/api-client.ts';
import type { KubernetesCluster } from '../discovery/kubernetes/cluster.ts';
import { createVanishedServices } from '../discovery/kubernetes/vanished-services.ts';
import type { SourceRemark } from '../endpoints/endpoint-source.ts';
import { createClusterWatch } from './cluster-watch.ts';
import { type CompanionOwner, ownerKey } from './companion.ts';
import { createCompanionServices } from './companion-services.ts';
import { type Controller, createController, type OfferListeners, type Told } from './controller.ts';
import { createEventWriter } from './event-writer.ts';
import { countObjects, type ObjectCount } from './gateway-facts.ts';
import { createInstanceLease, type LeaseOwner } from './instance-lease.ts';
import { createLeaderLease } from './leader-lease.ts';
import { createOpenFailures } from './open-failures.ts';
import { createPortHolds } from './port-holds.ts';
import { portOwners } from './port-owners.ts';
import { publication } from './publication.ts';
import { createReachCheck, type ReachCheckParts, reachTargets } from './reach-check.ts';
import { readObserved } from './read-observed.ts';
import { createStatusWriter } from './status-writer.ts';
import { controllerNameOf } from './translate/gateways/translate-gateways.ts';
import { translate } from './translate/translate.ts';
import type { ListenerWish, PublishedAddress } from './translation.ts';

/** Who this process is among the instances of a gateway. */
export interface GatewayIdentity {
  /** Of its pod, or of its machine. */
  readonly name: string;
  readonly namespace: string;
  readonly node: string | null;
  /** The Pod that its Lease goes with; null: it runs in none. */
  readonly owner: LeaseOwner | null;
  /** Of this process alone: no other one ever has it. */
  readonly process: string;
}

export interface GatewayControlParts {
  readonly client: KubernetesClient;
  readonly options: GatewayOptions;
  readonly identity: GatewayIdentity;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
  readonly remark: (remark: SourceRemark) => void;
  /** The addresses of this machine, in canonical form. */
  readonly ownAddresses: () => readonly string[];
  /** Ports that are never opened, and why. */
  readonly reservedPorts: ReadonlyMap<number, string>;
  /** `10.0.0.1:9464`: where other instances ask this one whether a connection arrived; null: nowhere. */
  readonly askAt: () => string | null;
  readonly reach: Pick<ReachCheckParts, 'dial' | 'ask'>;
}

/** The control plane of `herald gateway`. */
export interface GatewayControl {
  /** Endpoints of the Services, from the same watches. */
  readonly cluster: KubernetesCluster;
  /** Offers listeners from now on. */
  start(offer: OfferListeners): void;
  /** Resolves once the first set of listeners is in force. */
  readonly started: Promise<void>;
  readonly isLeader: boolean;
  readonly objects: readonly ObjectCount[];
  /** Status writes so far, by result. */
  readonly writes: ReadonlyMap<string, number>;
  /** Published addresses that were seen to lead past Herald. */
  readonly bypassedCount: number;
  /** No node qualifies, and the last addresses stay published. */
  readonly keepsLastAddresses: boolean;
  /**
   * This process drains: one of the others becomes the leader. They learn at once that the instance drains, unless a successor
   * goes on under its name (`isTakenOver`). What is open stays open.
   */
  leave(isTakenOver: boolean): void;
  /** Offers and writes nothing from now on. */
  stop(): Promise<void>;
  /** Ends the watches. Sources of endpoints must have stopped before. */
  close(): Promise<void>;
}

export const LEASE_LABELS = {
  'app.kubernetes.io/name': 'herald',
  'app.kubernetes.io/component': 'gateway-instance',
} as const;
/** Labels of the pods of the gateway, which companion Services select. */
const POD_LABELS = {
  'app.kubernetes.io/name': 'herald',
  'app.kubernetes.io/component': 'gateway',
} as const;
const LEADER_LEASE = 'herald-gateway';
const COMPONENT = 'herald-gateway';

export function createGatewayControl(parts: GatewayControlParts): GatewayControl {
  const { client, options, identity, clock, random, remark } = parts;
  const { namespace } = identity;
  const leaseName = `herald-gateway-${identity.name}`;
  const common = { client, clock, random, remark };
  const writes = new Map<string, number>();
  const memo = createOptionsMemo();
  let published: readonly PublishedAddress[] = [];
  let keptSince: string | null = null;
  let told: Told | null = null;
  let controller: Controller | null = null;
  let leaving: Promise<unknown> | null = null;
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const request = () => controller?.request();

  const watch = createClusterWatch({
    ...{ ...common, options, ownNamespace: namespace, changed: request },
    leaseSelector: Object.entries(LEASE_LABELS)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
  });
  const vanished = createVanishedServices(watch.cluster, clock);
  const leader = createLeaderLease({
    ...{ ...common, namespace, name: LEADER_LEASE, identity: identity.process },
    changed() {
      for (const writer of writers) writer.leadershipChanged();
      request();
    },
  });
  const isLeader = () => leader.isLeader;
  const statuses = createStatusWriter({
    ...{ ...common, isLeader, read: readObserved, changed: request },
    ...{ fieldManager: COMPONENT, controllerName: controllerNameOf(options) },
    counted: (result) => writes.set(result, (writes.get(result) ?? 0) + 1),
  });
  const events = createEventWriter({
    ...{ ...common, isLeader, component: COMPONENT, instance: identity.name, node: identity.node },
  });
  const { addressClass } = options;
  const companions =
    addressClass === null
      ? null
      : createCompanionServices({
          ...{ ...common, isLeader, namespace, addressClass, ownClass: options.class },
          ...{ prefix: options.prefix, selector: POD_LABELS, changed: request },
        });
  const writers = [statuses, events, ...(companions === null ? [] : [companions])];
  const reach = createReachCheck({ ...parts.reach, clock, changed: () => instance.changed() });
  const instance = createInstanceLease({
    ...{ client, clock, remark, namespace, name: leaseName, identity: identity.process },
    ...{ labels: LEASE_LABELS, owner: identity.owner },
    facts: () => ({
      node: identity.node,
      addresses: ownPublished(),
      failedPorts: told?.failedPorts ?? [],
      bypassed: reach.bypassed,
      isDraining: leaving !== null,
      askAt: parts.askAt(),
    }),
  });

  /** The addresses that are published for this instance's node, else all that it has. */
  function ownPublished(): readonly string[] {
    const node = watch.objects.nodes.get(identity.node ?? '');
    const ofNode = [...(node?.externalIps ?? []), ...(node?.internalIps ?? [])];
    return ofNode.length > 0 ? ofNode : parts.ownAddresses();
  }

  function publishedNow(): readonly PublishedAddress[] {
    const { instances, nodes } = watch.objects;
    const next = publication({ instances, nodes, options }, published);
    if (next.keptSince !== null && keptSince === null) {
      remark({ level: 'error', code: 'nothing_to_publish', message: next.keptSince });
    }
    keptSince = next.keptSince;
    published = next.addresses;
    return published;
  }

  function tell(next: Told): void {
    const failedBefore = told?.failedPorts.join();
    const isFirst = told === null;
    told = next;
    memo.keep(next.listeners);
    if (isFirst) instance.start();
    else if (failedBefore !== next.failedPorts.join()) instance.changed();
    statuses.want(next.statuses, next.objects);
    events.want([...next.events, ...statuses.contested]);
    companions?.want(ownersOf(next), next.objects.services);
    if (addressClass === null) {
      reach.want(reachTargets(leaseName, watch.objects.instances.values(), next.openPorts));
    }
    start();
  }

  return {
    cluster: vanished.cluster,
    started,
    get isLeader() {
      return leader.isLeader;
    },
    get objects() {
      return told === null ? [] : countObjects(told);
    },
    writes,
    get bypassedCount() {
      return reach.bypassed.length;
    },
    get keepsLastAddresses() {
      return keptSince !== null;
    },
    start(offer) {
      controller = createController({
        ...{ options, translate, offer, tell, optionsOf: memo.of },
        ...{ now: clock.now, after: clock.after },
        objects: () => watch.objects,
        isSynced: () => watch.isSynced,
        facts: () => ({
          ownAddresses: parts.ownAddresses(),
          reservedPorts: parts.reservedPorts,
          published: publishedNow(),
          companions: companions?.addresses ?? new Map(),
          keepsIpMode: statuses.keepsIpMode,
        }),
        holds: createPortHolds(options.portHold),
        owners: () => portOwners(watch.objects, options),
        failures: createOpenFailures(),
        seen: vanished.seen,
        failed: ({ message }) => remark({ level: 'error', code: 'listeners_refused', message }),
      });
      watch.start();
      leader.start();
    },
    leave(isTakenOver) {
      leaving ??= Promise.all([instance.stop(isTakenOver), leader.stop()]);
    },
    async stop() {
      this.leave(false);
      await controller?.stop();
      for (const writer of writers) writer.stop();
      await Promise.all([leaving, reach.stop()]);
    },
    close: () => watch.stop(),
  };
}

/** Services and Gateways that have listeners, and the ports that clients connect to. */
function ownersOf({ listeners }: Told): readonly CompanionOwner[] {
  const owners = new Map<
    string,
    { ref: ListenerWish['owner']; ports: Map<number, CompanionOwner['ports'][0]> }
  >();
  for (const { owner, port } of listeners) {
    const known = owners.get(ownerKey(owner)) ?? { ref: owner, ports: new Map() };
    owners.set(ownerKey(owner), known);
    known.ports.set(port, { port, protocol: 'TCP' });
  }
  return [...owners.values()].map(({ ref, ports }) => ({ ref, ports: [...ports.values()] }));
}

/** Options by wish. A wish that says the same gets the same object: its listener has not changed. */
function createOptionsMemo(): {
  of(wish: ListenerWish): ListenerOptions;
  /** Forgets all other wishes. */
  keep(wishes: readonly ListenerWish[]): void;
} {
  let known = new Map<string, Remembered>();
  return {
    of(wish) {
      const before = known.get(wish.name);
      if (before?.wish === wish) return before.options;
      const text = JSON.stringify(wish);
      const options = before?.text === text ? before.options : complete(wish);
      known.set(wish.name, { wish, text, options });
      return options;
    },
    keep(wishes) {
      known = new Map(wishes.flatMap(({ name }) => (known.has(name) ? [[name, known.get(name)!]] : [])));
    },
  };
}

interface Remembered {
  readonly wish: ListenerWish;
  readonly text: string;
  readonly options: ListenerOptions;
}

/** Throws a `ConfigError` if translation has let something through that no command line would. */
function complete(wish: ListenerWish): ListenerOptions {
  const read = listenerFromTexts(wish);
  if ('problems' in read) throw new ConfigError(read.problems);
  return { ...read.options, object: wish.object };
}
