import type { ClusterObjects, GatewayObject, ParentRef, RouteObject } from '../../objects/cluster-objects.ts';
import { GATEWAY_GROUP } from '../../objects/gateway-api.ts';
import { selects } from '../../objects/label-selector.ts';
import { compareAge } from '../claim.ts';
import type { Finding, JudgedListener } from './judge-listeners.ts';

/** A Gateway of this controller, with its listeners. */
export interface ListeningGateway {
  readonly gateway: GatewayObject;
  readonly listeners: readonly JudgedListener[];
}

/** What became of one parentRef of a route that names a Gateway of this controller. */
export interface RouteAttachment {
  readonly parentRef: ParentRef;
  readonly gateway: GatewayObject;
  /** Empty if it was refused. */
  readonly listeners: readonly JudgedListener[];
  readonly refusal: Finding | null;
}

export interface AttachedRoutes {
  /** Routes with a parent here. */
  readonly attachments: ReadonlyMap<RouteObject, readonly RouteAttachment[]>;
  /** Routes of a listener, the oldest first; none if no route is attached. */
  readonly routes: ReadonlyMap<JudgedListener, readonly RouteObject[]>;
}

/**
 * Which routes attach to which listeners: by the parentRefs of the route and the allowedRoutes of the listener alone,
 * whatever the status of either. Parents that are not here are another controller's, and are left out (G7).
 */
export function attachRoutes(
  routes: readonly RouteObject[],
  gateways: ReadonlyMap<string, ListeningGateway>,
  namespaces: ClusterObjects['namespaces'],
): AttachedRoutes {
  const attachments = new Map<RouteObject, RouteAttachment[]>();
  const byListener = new Map<JudgedListener, RouteObject[]>();
  for (const route of [...routes].sort(compareAge)) {
    const found: RouteAttachment[] = [];
    const seen = new Set<string>();
    for (const parentRef of route.parentRefs) {
      const parent = gatewayOf(parentRef, route, gateways);
      const key = JSON.stringify(parentRef);
      if (parent === undefined || seen.has(key)) continue;
      seen.add(key);
      found.push(attach(route, parentRef, parent, namespaces));
    }
    if (found.length > 0) attachments.set(route, found);
    for (const listener of new Set(found.flatMap(({ listeners }) => listeners))) {
      const attached = byListener.get(listener);
      if (attached === undefined) byListener.set(listener, [route]);
      else attached.push(route);
    }
  }
  return { attachments, routes: byListener };
}

function gatewayOf(
  { group, kind, namespace, name }: ParentRef,
  route: RouteObject,
  gateways: ReadonlyMap<string, ListeningGateway>,
): ListeningGateway | undefined {
  if (group !== GATEWAY_GROUP || kind !== 'Gateway') return undefined;
  return gateways.get(`${namespace ?? route.namespace}/${name}`);
}

function attach(
  route: RouteObject,
  parentRef: ParentRef,
  { gateway, listeners }: ListeningGateway,
  namespaces: ClusterObjects['namespaces'],
): RouteAttachment {
  const { sectionName, port } = parentRef;
  const named = listeners.filter(
    ({ listener }) =>
      (sectionName === null || listener.name === sectionName) && (port === null || listener.port === port),
  );
  const allowing = named.filter((each) => allows(each, gateway, route, namespaces));
  return { parentRef, gateway, listeners: allowing, refusal: refusalOf(route, parentRef, named, allowing) };
}

function refusalOf(
  { kind, namespace }: RouteObject,
  { sectionName, port }: ParentRef,
  named: readonly JudgedListener[],
  allowing: readonly JudgedListener[],
): Finding | null {
  if (allowing.length > 0) return null;
  if (named.length === 0) {
    const wanted = [
      sectionName === null ? [] : [`name ${sectionName}`],
      port === null ? [] : [`port ${port}`],
    ];
    const what = wanted.flat().join(' and ');
    const message = `the Gateway has no listener${what === '' ? '' : ` with ${what}`}`;
    return { reason: 'NoMatchingParent', message };
  }
  const names = named.map(({ listener }) => listener.name).join(', ');
  const message = named.some((each) => carriesKind(each, kind))
    ? `a ${kind} of namespace ${namespace} is not allowed by allowedRoutes of ${names}`
    : `a ${kind} cannot be carried by ${names}`;
  return { reason: 'NotAllowedByListeners', message };
}

function allows(
  judged: JudgedListener,
  gateway: GatewayObject,
  route: RouteObject,
  namespaces: ClusterObjects['namespaces'],
): boolean {
  if (!carriesKind(judged, route.kind)) return false;
  const { selector, listener } = judged;
  const { allowedNamespaces } = listener;
  switch (allowedNamespaces.from) {
    case 'All':
      return true;
    case 'Same':
      return route.namespace === gateway.namespace;
    case 'None':
      return false;
    case 'Selector': {
      const namespace = namespaces.get(route.namespace);
      // One that is not listed yet has no labels that could be trusted to be absent.
      return selector !== null && namespace !== undefined && selects(selector, namespace.labels);
    }
  }
}

function carriesKind({ supportedKinds }: JudgedListener, kind: string): boolean {
  return supportedKinds.some((each) => each.group === GATEWAY_GROUP && each.kind === kind);
}
