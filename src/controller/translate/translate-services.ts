import type { ClusterObjects, InstanceFacts, ServiceObject } from '../objects/cluster-objects.ts';
import { type ClaimsOfKind, isEntitled, type Verdict, type Verdicts } from './claim.ts';
import { transparentOf } from './hop-wish.ts';
import { servedNamespaces } from './served-namespaces.ts';
import { draftOfService, errorOf, type PortState, type ServiceDraft } from './service-draft.ts';
import { ingressOf, type ServiceIngress } from './service-ingress.ts';
import type { EventWish, GatewayPlace, ListenerWish, StatusWish, TransparentWish } from './translation.ts';

// Services of the class (docs/gateway.md): a listener for each TCP port that the Service gets, the addresses
// in its status, and Events for what it does not get.

/** Services of the class, in served namespaces: what they claim, and then what becomes of them. */
export function claimServices(objects: ClusterObjects, place: GatewayPlace): ClaimsOfKind {
  const { options } = place;
  const isServed = servedNamespaces(options.namespaces, objects.namespaces);
  const found = new Map<string, ServedService>();
  for (const [key, service] of objects.services) {
    if (!isClaiming(service, options) || !isServed(service.namespace)) continue;
    found.set(key, { key, service, draft: draftOfService(service, options) });
  }
  const services = [...found.keys()].sort().map((key) => found.get(key)!);
  return {
    claims: services.flatMap(({ draft }) => draft.claims),
    settle: (verdicts) => {
      const settled = {
        listeners: [] as ListenerWish[],
        statuses: [] as StatusWish[],
        events: [] as EventWish[],
        transparent: [] as TransparentWish[],
      };
      const isBrokenEverywhere = brokenEverywhere(objects.instances, verdicts);
      const surroundings = { objects, place, verdicts, isBrokenEverywhere };
      for (const each of services) settleService(each, surroundings, settled);
      return settled;
    },
  };
}

/** A Service of the class that has not been removed: a finalizer of another controller may keep one that has. */
export function isClaiming(
  { type, loadBalancerClass, isDeleted }: ServiceObject,
  options: Pick<GatewayPlace['options'], 'class'>,
): boolean {
  return type === 'LoadBalancer' && loadBalancerClass === options.class && !isDeleted;
}

interface ServedService {
  readonly key: string;
  readonly service: ServiceObject;
  readonly draft: ServiceDraft;
}

interface Surroundings {
  readonly objects: ClusterObjects;
  readonly place: GatewayPlace;
  readonly verdicts: Verdicts;
  readonly isBrokenEverywhere: (port: number) => boolean;
}

interface Settled {
  readonly listeners: ListenerWish[];
  readonly statuses: StatusWish[];
  readonly events: EventWish[];
  readonly transparent: TransparentWish[];
}

/** Adds what becomes of one Service. */
function settleService(
  { key, service: object, draft }: ServedService,
  { objects, place, verdicts, isBrokenEverywhere }: Surroundings,
  { listeners, statuses, events, transparent }: Settled,
): void {
  const { service, ipFamilies } = object;
  const { options, keepsIpMode } = place;
  const isGranted = draft.claims.every((claim) => verdicts.get(claim)?.is === 'granted');
  for (const { claim, listener } of draft.ports) {
    if (claim === null || listener === null) continue;
    if (!isGranted && !isEntitled(verdicts.get(claim))) continue;
    listeners.push(listener);
    transparent.push(...transparentOf(listener, [object]));
  }
  const found = ingressOf({
    pool: poolOf(key, place),
    addressClass: options.addressClass,
    families: ipFamilies.length > 0 ? ipFamilies : BOTH,
    max: options.publishMax,
    keepsIpMode: keepsIpMode !== false,
    readyNodes: service.facts.externalTrafficPolicy === 'Local' ? objects.readyNodes(key) : null,
    ports: isGranted ? draft.states : portStates(draft, verdicts, options),
    isBrokenEverywhere,
    unavailable: errorOf('PortUnavailable', options),
  });
  statuses.push(statusOf(draft, found));
  events.push(...draft.events, ...eventsOfClaims(draft, verdicts, found), ...eventsOfIngress(draft, found));
}

const BOTH = [4, 6] as const;
const NO_ADDRESSES: GatewayPlace['published'] = [];

function poolOf(key: string, { options, published, companions }: GatewayPlace): GatewayPlace['published'] {
  return options.addressClass === null ? published : (companions.get(`service ${key}`) ?? NO_ADDRESSES);
}

const statusOfDrafts = new WeakMap<ServiceDraft, StatusWish & { readonly of: 'Service' }>();

/** The same object as before while nothing of it changes: whoever writes statuses sees that at a glance. */
function statusOf(draft: ServiceDraft, { ingress }: ServiceIngress): StatusWish {
  const before = statusOfDrafts.get(draft);
  if (before?.ingress === ingress) return before;
  const status = { of: 'Service', ref: draft.ref, ingress } as const;
  statusOfDrafts.set(draft, status);
  return status;
}

/** Each port with why it is not served. */
function portStates(
  { ports, states }: ServiceDraft,
  verdicts: Verdicts,
  options: GatewayPlace['options'],
): readonly PortState[] {
  return ports.map(({ claim }, at) => {
    const verdict = claim === null ? undefined : verdicts.get(claim);
    if (verdict?.is !== 'refused' || isEntitled(verdict)) return states[at]!;
    return { ...states[at]!, error: errorOf(verdict.reason, options) };
  });
}

function eventsOfClaims(
  { ref, claims }: ServiceDraft,
  verdicts: Verdicts,
  { failed }: ServiceIngress,
): EventWish[] {
  return claims.flatMap((claim): EventWish[] => {
    const verdict = verdicts.get(claim);
    if (verdict?.is === 'refused') {
      return [{ ref, type: 'Warning', reason: verdict.reason, message: verdict.message }];
    }
    const addresses = failed.get(claim.port);
    if (addresses === undefined) return [];
    const message = `port ${claim.port} could not be opened on the node of ${someOf(addresses)}`;
    return [{ ref, type: 'Warning', reason: 'PortUnavailable', message }];
  });
}

function eventsOfIngress(
  { ref }: ServiceDraft,
  { bypassed, lacksIpMode, noneBecause }: ServiceIngress,
): EventWish[] {
  const events: EventWish[] = [];
  const warn = (reason: string, message: string) => events.push({ ref, type: 'Warning', reason, message });
  if (lacksIpMode) {
    warn(
      'IpModeUnsupported',
      'no IP address is published, since the API server drops ipMode from the status: kube-proxy would take such an address for its own and lead traffic around Herald',
    );
  }
  if (bypassed.length > 0) {
    warn(
      'Bypassed',
      `connections to ${someOf(bypassed)} from another node do not reach Herald, so that this is not published: something on the nodes takes the address for its own (ipMode Proxy is needed)`,
    );
  }
  if (noneBecause !== null) warn('NoAddresses', `there is no address to publish: ${noneBecause}`);
  return events;
}

const MOST_NAMED = 4;

/** `10.0.0.1, 10.0.0.2 and 3 more`. */
export function someOf(addresses: readonly string[]): string {
  const more = addresses.length - MOST_NAMED;
  return `${addresses.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Ports that no instance could open; as long as no Lease is known, those that this one could not. */
function brokenEverywhere(
  instances: ReadonlyMap<string, InstanceFacts>,
  verdicts: Verdicts,
): (port: number) => boolean {
  const fresh = [...instances.values()].filter(({ isFresh }) => isFresh);
  const [first, ...others] = fresh.map(({ failedPorts }) => new Set(failedPorts));
  const ports = new Set<number>();
  if (first === undefined) {
    for (const [{ port }, verdict] of verdicts) if (isUnavailable(verdict)) ports.add(port);
  } else {
    for (const port of first) if (others.every((each) => each.has(port))) ports.add(port);
  }
  return (port) => ports.has(port);
}

function isUnavailable(verdict: Verdict): boolean {
  return verdict.is === 'refused' && verdict.reason === 'PortUnavailable';
}
