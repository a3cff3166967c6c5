import type {
  BackendRef,
  ClusterObjects,
  RouteObject,
  ServiceObject,
} from '../../objects/cluster-objects.ts';
import { GATEWAY_GROUP } from '../../objects/gateway-api.ts';
import type { DestinationWish } from '../translation.ts';
import type { Finding } from './judge-listeners.ts';

/** The backends of a route, resolved. */
export interface RouteBackends {
  /** What its clients get: never empty, and some of it has a weight above 0. */
  readonly to: readonly DestinationWish[];
  /** Services that clients are carried to, in the order of the route. */
  readonly services: readonly ServiceObject[];
  /** Why ResolvedRefs is False: the first reason, and every backend that is invalid. */
  readonly unresolved: Finding | null;
  /** Rules that have no effect, for the condition PartiallyInvalid. */
  readonly droppedRules: number;
}

/** For a listener without a route, and a route without a weight: every client is refused. */
export const REFUSES_ALL: readonly DestinationWish[] = [{ endpoint: null, weight: 1 }];

type Resolved = { readonly service: ServiceObject; readonly endpoint: string } | Finding;

/**
 * A TCPRoute has one rule; of one in an older version that has more the first counts, since nothing tells their connections
 * apart. An invalid backend refuses its share. One of weight 0 gets nothing and is left out.
 */
export function routeBackends(
  route: RouteObject,
  objects: Pick<ClusterObjects, 'services' | 'grants'>,
  isServed: (namespace: string) => boolean,
): RouteBackends {
  const refs = route.rules[0] ?? [];
  const to = new Map<string, DestinationWish>();
  const services = new Set<ServiceObject>();
  const findings: Finding[] = [];
  for (const [index, ref] of refs.entries()) {
    const resolved = resolve(ref, route, objects, isServed);
    const isValid = 'endpoint' in resolved;
    if (!isValid) findings.push(resolved);
    if (ref.weight === 0) continue;
    // A Service that is named twice is one destination with both weights.
    const key = isValid ? resolved.endpoint : `${index}`;
    const weight = (to.get(key)?.weight ?? 0) + ref.weight;
    to.set(key, { endpoint: isValid ? resolved.endpoint : null, weight });
    if (isValid) services.add(resolved.service);
  }
  const messages = findings.map(({ message }) => message);
  return {
    to: to.size === 0 ? REFUSES_ALL : [...to.values()],
    services: [...services],
    unresolved:
      findings.length === 0 ? null : { reason: findings[0]!.reason, message: `${messages.join('; ')}.` },
    droppedRules: Math.max(0, route.rules.length - 1),
  };
}

/** The grant is asked for before the Service: whether it exists is not everybody's to know. */
function resolve(
  ref: BackendRef,
  route: RouteObject,
  { services, grants }: Pick<ClusterObjects, 'services' | 'grants'>,
  isServed: (namespace: string) => boolean,
): Resolved {
  const { group, kind, name, port } = ref;
  const namespace = ref.namespace ?? route.namespace;
  const who = `backend ${namespace}/${name}`;
  if (group !== '' || kind !== 'Service') {
    const what = group === '' ? kind : `${kind}.${group}`;
    return { reason: 'InvalidKind', message: `${who} is a ${what}, and only a Service can be a backend` };
  }
  if (!isServed(namespace)) {
    // Nobody but the operator can let clients into it: its ReferenceGrants do not count either.
    const message = `${who} is of a namespace that this gateway does not serve`;
    return { reason: 'RefNotPermitted', message };
  }
  if (namespace !== route.namespace && !isGranted(namespace, name, route, grants)) {
    const message = `${who} is of another namespace, which has no ReferenceGrant for it`;
    return { reason: 'RefNotPermitted', message };
  }
  const service = services.get(`${namespace}/${name}`);
  if (service === undefined) return { reason: 'BackendNotFound', message: `${who} does not exist` };
  if (service.service.isExternalName) {
    return { reason: 'InvalidKind', message: `${who} is an ExternalName Service, which cannot be a backend` };
  }
  if (port === null) return { reason: 'BackendNotFound', message: `${who} is named without a port` };
  const ports = service.servicePorts.filter((each) => each.port === port);
  if (ports.length === 0) return { reason: 'BackendNotFound', message: `${who} has no port ${port}` };
  const tcp = ports.find(({ protocol }) => protocol === 'TCP');
  if (tcp === undefined) {
    const message = `port ${port} of ${who} is of ${ports[0]!.protocol}, not of TCP`;
    return { reason: 'UnsupportedProtocol', message };
  }
  const portText = tcp.name === '' ? tcp.port : tcp.name;
  return { service, endpoint: `k8s:${service.namespace}/${service.name}:${portText}` };
}

function isGranted(
  namespace: string,
  name: string,
  route: RouteObject,
  grants: ClusterObjects['grants'],
): boolean {
  for (const grant of grants.values()) {
    if (grant.namespace !== namespace || grant.isDeleted) continue;
    const from = grant.from.some(
      (each) =>
        each.group === GATEWAY_GROUP && each.kind === route.kind && each.namespace === route.namespace,
    );
    const to = grant.to.some(
      (each) => each.group === '' && each.kind === 'Service' && (each.name === null || each.name === name),
    );
    if (from && to) return true;
  }
  return false;
}
