import type {
  ClusterObjects,
  GatewayClassObject,
  ObjectFacts,
  RouteObject,
} from '../../objects/cluster-objects.ts';
import { type ClaimsOfKind, compareText, isEntitled, type Verdicts } from '../claim.ts';
import { servedNamespaces } from '../served-namespaces.ts';
import type { EventWish, GatewayPlace, Settlement, StatusWish } from '../translation.ts';
import { attachRoutes } from './attach-routes.ts';
import { type CarryingRoute, carriedListeners } from './carried-listeners.ts';
import { gatewayClassStatus } from './gateway-class.ts';
import { type GatewayPlan, planGateway } from './gateway-plan.ts';
import { gatewayStatus } from './gateway-status.ts';
import type { JudgedListener } from './judge-listeners.ts';
import { type RouteBackends, routeBackends } from './route-backends.ts';
import { routeStatus } from './route-status.ts';

// GatewayClasses, Gateways, TCPRoutes and ReferenceGrants:
//
//   Gateway ─▶ judgeListeners (protocol, kinds, distinct?) ─┬─▶ claims ─▶ verdicts on all claims ─┬─▶ listeners
//           ─▶ gatewayAddresses (spec.addresses) ───────────┘                                     ├─▶ statuses
//   route ───▶ attachRoutes (parentRefs × allowedRoutes) ───▶ routeBackends (Services, grants) ───┴─▶ Events
//
// An accepted listener has its port open, with a route or without. A client that no backend can have is refused.

/** The controller's name in GatewayClasses and in the status of routes. */
export function controllerNameOf({ prefix }: Pick<GatewayPlace['options'], 'prefix'>): string {
  return `${prefix}gateway`;
}

/** Claims of all Gateways of this controller, and what becomes of them. Objects that are being deleted do not count. */
export function claimGateways(objects: ClusterObjects, place: GatewayPlace): ClaimsOfKind {
  const controllerName = controllerNameOf(place.options);
  const classes = sorted(objects.gatewayClasses).filter((each) => each.controllerName === controllerName);
  const classByName = new Map(classes.map((each) => [each.name, each]));
  const isServed = servedNamespaces(place.options.namespaces, objects.namespaces);
  const counts = ({ isDeleted, namespace }: ObjectFacts): boolean => !isDeleted && isServed(namespace);
  const plans = sorted(objects.gateways)
    .filter(counts)
    .flatMap((gateway) => {
      const gatewayClass = classByName.get(gateway.className);
      return gatewayClass === undefined ? [] : [planGateway(gateway, gatewayClass, objects, place)];
    });
  const routes = sorted(objects.tcpRoutes).filter(counts);
  return {
    claims: plans.flatMap(({ claims }) => [...claims.values()].flat()),
    settle: (verdicts) => settle({ objects, place, classes, plans, routes, isServed }, verdicts),
  };
}

/** What counts here of the objects, sorted. */
interface Counted {
  readonly objects: ClusterObjects;
  readonly place: GatewayPlace;
  readonly classes: readonly GatewayClassObject[];
  readonly plans: readonly GatewayPlan[];
  readonly routes: readonly RouteObject[];
  readonly isServed: (namespace: string) => boolean;
}

const NO_BACKENDS: RouteBackends = { to: [], services: [], unresolved: null, droppedRules: 0 };

function settle(
  { objects, place, classes, plans, routes, isServed }: Counted,
  verdicts: Verdicts,
): Settlement {
  const gateways = new Map(plans.map((plan) => [`${plan.gateway.namespace}/${plan.gateway.name}`, plan]));
  const attached = attachRoutes(routes, gateways, objects.namespaces);
  const backends = new Map(
    [...attached.attachments.keys()].map((route) => [route, routeBackends(route, objects, isServed)]),
  );
  const count = (listener: JudgedListener): number => attached.routes.get(listener)?.length ?? 0;
  const carrying = (listener: JudgedListener): CarryingRoute | null => {
    const route = attached.routes.get(listener)?.[0];
    return route === undefined ? null : { route, backends: backends.get(route)! };
  };
  const { tcpRouteVersion = 'v1' } = objects;
  const carried = plans.map((plan) => carriedListeners(plan, carrying, verdicts, place));
  const told = plans.map((plan) => gatewayStatus(plan, verdicts, count, objects, place));
  const statuses: StatusWish[] = [
    ...classes.map((each) => gatewayClassStatus(each, tcpRouteVersion)),
    ...told.map(({ status }) => status),
  ];
  const served = new Set(plans.flatMap((plan) => servedListeners(plan, verdicts)));
  const controllerName = controllerNameOf(place.options);
  for (const route of routes) {
    const attachments = attached.attachments.get(route);
    // One that has left all its parents here loses the entries that it has of them.
    if (attachments === undefined && !route.parents.some((each) => each.controllerName === controllerName)) {
      continue;
    }
    const resolved = backends.get(route) ?? NO_BACKENDS;
    statuses.push(routeStatus(route, attachments ?? [], resolved, attached.routes, served));
  }
  return {
    listeners: carried
      .flatMap(({ listeners }) => listeners)
      .sort((one, other) => compareText(one.name, other.name)),
    statuses,
    events: distinct([...carried, ...told].flatMap(({ events }) => events)),
    transparent: carried.flatMap(({ transparent }) => transparent),
  };
}

/** Listeners that have one of the ports that they claim. */
function servedListeners({ claims }: GatewayPlan, verdicts: Verdicts): readonly JudgedListener[] {
  const entitled = [...claims].filter(([, each]) => each.some((claim) => isEntitled(verdicts.get(claim))));
  return entitled.map(([judged]) => judged);
}

function sorted<T>(objects: ReadonlyMap<string, T>): readonly T[] {
  return [...objects].sort(([one], [other]) => compareText(one, other)).map(([, object]) => object);
}

/** A Gateway or a route says the same for each of its listeners. */
function distinct(events: readonly EventWish[]): readonly EventWish[] {
  const byText = new Map(events.map((event) => [JSON.stringify(event), event]));
  return [...byText.values()];
}
