import type { GatewayOptions } from '../config/gateway-options.ts';
import type { OfferListeners } from '../control/listener-source.ts';
import type { DiscoveryClock } from '../discovery/discovery-clock.ts';
import type { KubernetesClient } from '../discovery/kubernetes/api-client.ts';
import type { KubernetesCluster } from '../discovery/kubernetes/cluster.ts';
import { createVanishedServices } from '../discovery/kubernetes/vanished-services.ts';
import type { EndpointSource, SourceRemark } from '../endpoints/endpoint-source.ts';
import type { NodeCapability } from '../endpoints/node-reach.ts';
import { createClusterWatch } from './cluster-watch.ts';
import { type Controller, createController, type Told } from './controller.ts';
import { createInstanceAddresses } from './instance-addresses.ts';
import { createInstanceLease, type LeaseOwner } from './lease/instance-lease.ts';
import { createInstanceSources } from './lease/instance-sources.ts';
import { createLeaderLease } from './lease/leader-lease.ts';
import { leaseNames } from './lease/lease-names.ts';
import { createOpenFailures } from './open-failures.ts';
import { type Completed, createOptionsMemo } from './options-memo.ts';
import { createOwnHop, hopFacts } from './own-hop.ts';
import { createPortHolds } from './port-holds.ts';
import { formatPortRecord, PORTS_ANNOTATION, readPortRecord } from './port-record.ts';
import { createReachCheck, type ReachCheckParts, reachTargets } from './reach-check.ts';
import { countObjects, firstWords, type ObjectCount } from './translate/gateway-facts.ts';
import { controllerNameOf } from './translate/gateways/translate-gateways.ts';
import { portOwners } from './translate/port-owners.ts';
import { publication } from './translate/publication.ts';
import { translate } from './translate/translate.ts';
import type { OpenWish, PublishedAddress, StatusWish } from './translate/translation.ts';
import { companionOwners, createCompanionAddresses } from './write/companion.ts';
import { createCompanionServices } from './write/companion-services.ts';
import { createEventWriter } from './write/event-writer.ts';
import { hasAddresses, observedOf, readObserved } from './write/read-observed.ts';
import { createStatusWriter } from './write/status-writer.ts';

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
  /** Ports that no instance opens, and why: a clause. */
  readonly reservedPorts: ReadonlyMap<number, string>;
  /** Ports that other programs of this machine have. Other instances may open them, so that this is a failure of this one. */
  readonly takenPorts: ReadonlyMap<number, string>;
  /** `10.0.0.1:9464`: where other instances ask this one whether a connection arrived; null: nowhere. */
  readonly askAt: () => string | null;
  readonly reach: Pick<ReachCheckParts, 'dial' | 'ask'>;
}

/** The control plane of `herald gateway`. */
export interface GatewayControl {
  /** Endpoints of the Services, from the same watches. */
  readonly cluster: KubernetesCluster;
  /** A source of the instances: hops, and peers that may hand over sessions. */
  instances(): EndpointSource;
  /** Called before `start`: what this node has proven, for its Lease and for Events (G12). */
  presentBy(capability: NodeCapability): void;
  /** Offers listeners from now on. */
  start(offer: OfferListeners): void;
  /** Resolves once the first set of listeners is in force. */
  readonly started: Promise<void>;
  readonly isLeader: boolean;
  objects(): readonly ObjectCount[];
  /** Status writes so far, by result. */
  readonly writes: ReadonlyMap<string, number>;
  /** Published addresses that were seen to lead past Herald. */
  readonly bypassedCount: number;
  /** No node qualifies, and the last addresses stay published. */
  readonly keepsLastAddresses: boolean;
  /** null: no object is served transparently. */
  hops(): ReturnType<typeof hopFacts> | null;
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

/** Labels of the pods of the gateway, which companion Services select. */
const POD_LABELS = {
  'app.kubernetes.io/name': 'herald',
  'app.kubernetes.io/component': 'gateway',
} as const;
const COMPONENT = 'herald-gateway';
const NO_COMPANIONS: ReadonlyMap<string, readonly PublishedAddress[]> = new Map();

export function createGatewayControl(parts: GatewayControlParts): GatewayControl {
  const { client, options, identity, clock, random, remark } = parts;
  const { namespace } = identity;
  const leases = leaseNames(options.class);
  const leaseName = `${leases.leader}-${identity.name}`;
  const common = { client, clock, random, remark };
  const writes = new Map<string, number>();
  const memo = createOptionsMemo();
  const holds = createPortHolds(options.portHold);
  let published: readonly PublishedAddress[] = [];
  let keptBecause: string | null = null;
  let isWithheld = false;
  let told: Told | null = null;
  let controller: Controller | null = null;
  let leaving: Promise<unknown> | null = null;
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const request = () => controller?.request();

  const watch = createClusterWatch({
    ...{ ...common, options, ownNamespace: namespace },
    changed() {
      instances.update();
      request();
    },
    leaseSelector: Object.entries(leases.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
  });
  const instances = createInstanceSources({
    own: leaseName,
    instances: () => watch.objects.instances,
    clock,
  });
  const vanished = createVanishedServices(watch.cluster, clock);
  const leader = createLeaderLease({
    ...{ ...common, namespace, name: leases.leader, identity: identity.process, known: request },
    // Before the first translation nothing is known that could replace the record.
    annotations: () =>
      told === null ? {} : { [PORTS_ANNOTATION]: formatPortRecord(told.listeners, holds.held(clock.now())) },
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
  const companionPlace =
    addressClass === null
      ? null
      : { namespace, addressClass, ownClass: options.class, prefix: options.prefix, selector: POD_LABELS };
  const companions =
    companionPlace === null ? null : createCompanionServices({ ...common, isLeader, ...companionPlace });
  const companionAddresses =
    companionPlace === null ? () => NO_COMPANIONS : createCompanionAddresses(companionPlace);
  const writers = [statuses, events, ...(companions === null ? [] : [companions])];
  const own = createInstanceAddresses({
    ...{ ofMachine: parts.ownAddresses, options, node: identity.node, companions: companionAddresses },
    ...{ objects: () => watch.objects, cluster: () => watch.cluster },
  });
  const hop = createOwnHop({
    ...{ options, clock, remark, addresses: own.internal, isDraining: () => leaving !== null },
    changed() {
      instance.changed();
      request();
    },
  });
  const reach = createReachCheck({ ...parts.reach, clock, changed: () => instance.changed() });
  const instance = createInstanceLease({
    ...{ client, clock, remark, namespace, name: leaseName, identity: identity.process },
    ...{ labels: leases.labels, owner: identity.owner },
    facts: () => ({
      node: identity.node,
      addresses: own.published(),
      failedPorts: told?.failedPorts ?? [],
      bypassed: reach.bypassed,
      isDraining: leaving !== null,
      askAt: parts.askAt(),
      ...hop.report(),
    }),
  });

  function optionsOf(wish: OpenWish): Completed {
    const taken = parts.takenPorts.get(wish.port);
    return taken === undefined ? memo.of(wish) : { why: `port ${wish.port} is not opened: ${taken}` };
  }

  function publishedNow(): readonly PublishedAddress[] {
    const { instances, nodes } = watch.objects;
    const next = publication({ instances, nodes, options }, published);
    // An instance that leaves is the first to know that its own node is no longer one of them.
    if (next.keptBecause !== null && keptBecause === null && leaving === null) {
      remark({ level: 'error', code: 'nothing_to_publish', message: next.keptBecause });
    }
    keptBecause = next.keptBecause;
    // What says the same stays the same, so that no status looks changed.
    if (JSON.stringify(published) !== JSON.stringify(next.addresses)) published = next.addresses;
    return published;
  }

  /**
   * A process that starts while no node qualifies knows of no last addresses. Statuses name them, and stay as they are: its own
   * node will qualify in a moment, or the last set stays published as for any other process.
   */
  function writable({ statuses: all, objects }: Told): readonly StatusWish[] {
    if (options.publish?.kind !== 'nodes' || published.length > 0) return all;
    return all.filter((status) => !hasAddresses(observedOf(status, objects)));
  }

  function tell(next: Told): void {
    const failedBefore = told?.failedPorts.join();
    const isFirst = told === null;
    told = next;
    const isHopChanged = hop.told(next);
    memo.keep(next.hop === undefined ? next.listeners : [next.hop.listener, ...next.listeners]);
    if (isFirst) {
      // Others would hand over no sessions for half a second after each take-over, if it began with what is not proven yet.
      hop.whenKnown(() => instance.start());
      remark({ level: 'info', code: 'cluster_read', message: firstWords(countObjects(next)) });
    } else if (isHopChanged || failedBefore !== next.failedPorts.join()) instance.changed();
    const wishes = writable(next);
    isWithheld = wishes.length < next.statuses.length;
    statuses.want(wishes, next.objects);
    events.want([...next.events, ...statuses.contested]);
    companions?.want(companionOwners(next.listeners), next.objects.services);
    if (addressClass === null) {
      reach.want(reachTargets(leaseName, watch.objects.instances.values(), next.openPorts));
    }
    start();
  }

  return {
    cluster: vanished.cluster,
    instances: instances.create,
    presentBy: hop.presentBy,
    hops: () => (told?.hop === undefined ? null : hopFacts(watch.objects.instances.values())),
    started,
    get isLeader() {
      return leader.isLeader;
    },
    objects: () => (told === null ? [] : countObjects(told)),
    writes,
    get bypassedCount() {
      return reach.bypassed.length;
    },
    get keepsLastAddresses() {
      return keptBecause !== null || isWithheld;
    },
    start(offer) {
      controller = createController({
        ...{ options, translate, offer, tell, optionsOf },
        ...{ now: clock.now, after: clock.after },
        objects: () => watch.objects,
        isSynced: () => watch.isSynced && leader.object !== undefined,
        facts: () => ({
          ...{ ownAddresses: own.ofMachine(), node: identity.node, faults: hop.faults },
          reservedPorts: parts.reservedPorts,
          published: publishedNow(),
          companions: companionAddresses(watch.objects.services),
          keepsIpMode: statuses.keepsIpMode,
        }),
        holds,
        owners: () => readPortRecord(leader.object) ?? portOwners(watch.objects, options),
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
      for (const each of [...writers, hop]) each.stop();
      await Promise.all([leaving, reach.stop()]);
    },
    close: () => watch.stop(),
  };
}
