import type { ClusterObjects, InstanceFacts, ServiceObject } from '../cluster-objects.ts';
import type { EventWish, GatewayPlace, ListenerWish, StatusWish } from '../translation.ts';
import { type ClaimsOfKind, compareText, isEntitled, type Verdicts } from './claim.ts';
import { servedNamespaces } from './served-namespaces.ts';
import { draftOfService, type ServiceDraft } from './service-draft.ts';
import { ingressOf, type ServiceIngress } from './service-ingress.ts';

// Services of the class (§1 of the design of the gateway): a listener for each TCP port that the Service gets, the addresses
// in its status, and Events for what it does not get.

/** Services of the class, in served namespaces: what they claim, and then what becomes of them. */
export function claimServices(objects: ClusterObjects, place: GatewayPlace): ClaimsOfKind {
  const { options } = place;
  const isServed = servedNamespaces(options.namespaces, objects.namespaces);
  const services: { key: string; service: ServiceObject; draft: ServiceDraft }[] = [];
  for (const [key, service] of objects.services) {
    if (service.type !== 'LoadBalancer' || service.loadBalancerClass !== options.class) continue;
    // A finalizer of another controller may keep a Service that its owner has removed.
    if (service.isDeleted || !isServed(service.namespace)) continue;
    services.push({ key, service, draft: draftOfService(service, options) });
  }
  services.sort((a, b) => compareText(a.key, b.key));
  return {
    claims: services.flatMap(({ draft }) => draft.claims),
    settle: (verdicts) => {
      const listeners: ListenerWish[] = [];
      const statuses: StatusWish[] = [];
      const events: EventWish[] = [];
      const isBrokenEverywhere = brokenEverywhere(objects.instances, place);
      for (const { key, service, draft } of services) {
        const { ref } = draft;
        for (const { claim, listener } of draft.ports) {
          if (claim !== null && listener !== null && isEntitled(verdicts.get(claim))) {
            listeners.push(listener);
          }
        }
        const found = ingressOf({
          pool: poolOf(key, place),
          addressClass: options.addressClass,
          families: service.ipFamilies.length > 0 ? service.ipFamilies : BOTH,
          max: options.publishMax,
          keepsIpMode: place.keepsIpMode !== false,
          readyNodes:
            service.service.facts.externalTrafficPolicy === 'Local' ? objects.readyNodes(key) : null,
          ports: portStates(draft, verdicts, options.prefix),
          isBrokenEverywhere,
          unavailable: `${options.prefix}PortUnavailable`,
        });
        statuses.push({ of: 'Service', ref, ingress: found.ingress });
        events.push(
          ...draft.events,
          ...eventsOfClaims(draft, verdicts, found),
          ...eventsOfIngress(draft, found),
        );
      }
      return { listeners, statuses, events };
    },
  };
}

const BOTH = [4, 6] as const;
const NO_ADDRESSES: GatewayPlace['published'] = [];

function poolOf(key: string, { options, published, companions }: GatewayPlace): GatewayPlace['published'] {
  return options.addressClass === null ? published : (companions.get(`service ${key}`) ?? NO_ADDRESSES);
}

/**
 * Each port with why it is not served. Kubernetes keeps names without a prefix for itself, so that errors have that of
 * annotations: `herald/PortConflict`.
 */
function portStates({ ports }: ServiceDraft, verdicts: Verdicts, prefix: string) {
  return ports.map(({ port: { port, protocol }, claim }) => {
    if (claim === null) return { port, protocol, error: `${prefix}UnsupportedProtocol` };
    const verdict = verdicts.get(claim);
    if (verdict?.is !== 'refused' || isEntitled(verdict)) return { port, protocol, error: null };
    return { port, protocol, error: `${prefix}${verdict.reason}` };
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

function someOf(addresses: readonly string[]): string {
  const more = addresses.length - MOST_NAMED;
  return `${addresses.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Ports that no instance could open; as long as no Lease is known, those that this one could not. */
function brokenEverywhere(
  instances: ReadonlyMap<string, InstanceFacts>,
  { failures }: GatewayPlace,
): (port: number) => boolean {
  const fresh = [...instances.values()].filter(({ isFresh }) => isFresh);
  const [first, ...others] = fresh.map(({ failedPorts }) => new Set(failedPorts));
  if (first === undefined) {
    const own = new Set([...failures.keys()].map((name) => Number(/:(\d+)\b/.exec(name)?.[1])));
    return (port) => own.has(port);
  }
  const ports = new Set([...first].filter((port) => others.every((each) => each.has(port))));
  return (port) => ports.has(port);
}
