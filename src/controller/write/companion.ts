import { createHash } from 'node:crypto';
import type { ApiWrite } from '../../discovery/kubernetes/api-client.ts';
import type { ServiceObject } from '../objects/cluster-objects.ts';
import { type ObjectRef, objectLabel } from '../objects/object-path.ts';
import type { ListenerWish, PublishedAddress } from '../translate/translation.ts';

/** An object that gets its addresses by a companion Service: a Service of the class, or a Gateway. */
export interface CompanionOwner {
  readonly ref: ObjectRef;
  /** Ports that clients connect to; each once. */
  readonly ports: readonly { readonly port: number; readonly protocol: 'TCP' | 'UDP' }[];
}

export interface CompanionPlace {
  /** Herald's own namespace. */
  readonly namespace: string;
  /** `--address-class`: who gives addresses. */
  readonly addressClass: string;
  /** `--class`, which tells the companions of one gateway from those of another. */
  readonly ownClass: string;
  /** Of labels and annotations: `herald/`. */
  readonly prefix: string;
  /** Labels of Herald's pods. */
  readonly selector: { readonly [label: string]: string };
}

/** A companion as it should be. */
export interface Companion {
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
  readonly spec: {
    readonly type: 'LoadBalancer';
    readonly loadBalancerClass: string;
    readonly externalTrafficPolicy: 'Local';
    readonly selector: { readonly [label: string]: string };
    readonly ports: readonly CompanionPort[];
  };
}

interface CompanionPort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: 'TCP' | 'UDP';
}

const MANAGED_BY = 'app.kubernetes.io/managed-by';
const MANAGER = 'herald-gateway';
/** A DNS label, and the longest value of a label. */
const MAX_LABEL = 63;
const HASH_CHARS = 12;

/** Services and Gateways that have listeners, and the ports that clients connect to. */
export function companionOwners(
  listeners: readonly Pick<ListenerWish, 'owner' | 'port'>[],
): readonly CompanionOwner[] {
  const owners = new Map<string, { ref: ObjectRef; ports: Map<number, CompanionOwner['ports'][0]> }>();
  for (const { owner, port } of listeners) {
    const known = owners.get(objectLabel(owner)) ?? { ref: owner, ports: new Map() };
    owners.set(objectLabel(owner), known);
    known.ports.set(port, { port, protocol: 'TCP' });
  }
  return [...owners.values()].map(({ ref, ports }) => ({ ref, ports: [...ports.values()] }));
}

/** The companion of an object. Its name depends on the object's alone, and no other object has the same. */
export function companionOf({ ref, ports }: CompanionOwner, place: CompanionPlace): Companion {
  const { prefix, addressClass, ownClass, selector } = place;
  const key = objectLabel(ref);
  const spec = {
    type: 'LoadBalancer' as const,
    loadBalancerClass: addressClass,
    // The client's address must arrive at Herald.
    externalTrafficPolicy: 'Local' as const,
    selector,
    ports: ports
      .map(({ port, protocol }) => ({
        ...{ name: `${protocol.toLowerCase()}-${port}`, port, targetPort: port, protocol },
      }))
      .sort((one, other) => one.port - other.port || one.name.localeCompare(other.name)),
  };
  const labels = {
    [MANAGED_BY]: MANAGER,
    [`${prefix}owner-kind`]: ref.kind,
    [`${prefix}owner-namespace`]: ref.namespace,
    [`${prefix}owner-name`]: labelValue(ref.name),
  };
  const annotations = {
    [`${prefix}companion-of`]: key,
    [`${prefix}companion-class`]: ownClass,
    [`${prefix}companion-spec`]: hash(JSON.stringify(spec)),
  };
  return { name: companionName(key, ownClass), labels, annotations, spec };
}

/** `service shop/web` → `herald-shop-web-0123456789ab`. */
function companionName(key: string, ownClass: string): string {
  const words = key.slice(key.indexOf(' ') + 1).replace(/[^a-z0-9]/g, '-');
  const room = MAX_LABEL - 'herald-'.length - HASH_CHARS - 1;
  return `herald-${words.slice(0, room)}-${hash(`${ownClass} ${key}`)}`;
}

/** Whose companion of this gateway a Service is: `service shop/web`; null if it is none. */
export function companionOwner(service: ServiceObject, place: CompanionPlace): string | null {
  const { namespace, prefix, ownClass } = place;
  if (service.namespace !== namespace || service.labels[MANAGED_BY] !== MANAGER) return null;
  if (service.annotations[`${prefix}companion-class`] !== ownClass) return null;
  return service.annotations[`${prefix}companion-of`] ?? null;
}

/**
 * What the companions of this gateway have got, by `service shop/web`: read from the Services as they are, so that a process that
 * starts knows it before it writes anything. What a companion got is the same list until that changes.
 */
export function createCompanionAddresses(
  place: CompanionPlace,
): (services: ReadonlyMap<string, ServiceObject>) => ReadonlyMap<string, readonly PublishedAddress[]> {
  const known = new WeakMap<ServiceObject, readonly PublishedAddress[]>();
  return (services) => {
    const addresses = new Map<string, readonly PublishedAddress[]>();
    for (const service of services.values()) {
      const owner = companionOwner(service, place);
      // Anybody may copy annotations; the name is of one owner only.
      if (owner === null || service.name !== companionName(owner, place.ownClass)) continue;
      const got = known.get(service) ?? service.ingress.flatMap(publishedOf);
      known.set(service, got);
      addresses.set(owner, got);
    }
    return addresses;
  };
}

function publishedOf({ ip, hostname }: ServiceObject['ingress'][number]): PublishedAddress[] {
  const address = ip ?? hostname;
  if (address === null) return [];
  const kind = ip === null ? 'hostname' : 'ip';
  return [{ address, kind, node: null, failedPorts: [], bypassedPorts: [] }];
}

/** The request that makes the companion as it should be; null if it is. A class cannot be changed: it is deleted first. */
export function companionWrite(
  wanted: Companion | null,
  observed: ServiceObject | null,
  place: CompanionPlace,
): ApiWrite | null {
  const all = `/api/v1/namespaces/${encodeURIComponent(place.namespace)}/services`;
  if (observed === null) {
    if (wanted === null) return null;
    const { name, labels, annotations, spec } = wanted;
    const metadata = { name, namespace: place.namespace, labels, annotations };
    return { verb: 'create', path: all, body: { apiVersion: 'v1', kind: 'Service', metadata, spec } };
  }
  const path = `${all}/${encodeURIComponent(observed.name)}`;
  const { uid, version } = observed;
  if (wanted === null || observed.loadBalancerClass !== wanted.spec.loadBalancerClass) {
    // Another process may make one of the same name meanwhile.
    return observed.isDeleted ? null : { verb: 'delete', path, body: { preconditions: { uid } } };
  }
  if (observed.isDeleted || isAs(observed, wanted)) return null;
  const { labels, annotations, spec } = wanted;
  const metadata = { uid, resourceVersion: version, labels, annotations };
  const { loadBalancerClass: _, ...changeable } = spec;
  return { verb: 'patch', path, body: { metadata, spec: changeable } };
}

function isAs(observed: ServiceObject, { labels, annotations, spec }: Companion): boolean {
  const has = (one: { readonly [name: string]: string }, all: { readonly [name: string]: string }) =>
    Object.entries(all).every(([name, value]) => one[name] === value);
  return (
    observed.type === spec.type &&
    observed.service.facts.externalTrafficPolicy === spec.externalTrafficPolicy &&
    observed.servicePorts.length === spec.ports.length &&
    spec.ports.every(({ port, protocol }) =>
      observed.servicePorts.some((seen) => seen.port === port && seen.protocol === protocol),
    ) &&
    has(observed.labels, labels) &&
    has(observed.annotations, annotations)
  );
}

function labelValue(text: string): string {
  if (text.length <= MAX_LABEL) return text;
  return `${text.slice(0, MAX_LABEL - HASH_CHARS - 1)}.${hash(text)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARS);
}
