import type { ParentRef, RouteObject } from '../../objects/cluster-objects.ts';
import { gatewayApiRef } from '../../objects/gateway-api.ts';
import type { ConditionWish, ParentStatusWish, StatusWish } from '../translation.ts';
import type { AttachedRoutes, RouteAttachment } from './attach-routes.ts';
import { conditionOf } from './condition.ts';
import type { JudgedListener } from './judge-listeners.ts';
import type { RouteBackends } from './route-backends.ts';

const RESOLVED = { reason: 'ResolvedRefs', message: 'All backends are resolved' };

/**
 * The status of a route: one entry for each of its parents that is here. None: its entries of this controller go. `served`:
 * listeners whose port is theirs.
 */
export function routeStatus(
  route: RouteObject,
  attachments: readonly RouteAttachment[],
  { unresolved, droppedRules }: RouteBackends,
  routes: AttachedRoutes['routes'],
  served: ReadonlySet<JudgedListener>,
): StatusWish {
  return {
    of: 'Route',
    ref: gatewayApiRef(route.kind, route, route.apiVersion),
    generation: route.generation,
    parents: attachments.map((attachment): ParentStatusWish => {
      const accepted = acceptance(route, attachment, routes, served);
      const conditions = [accepted, conditionOf('ResolvedRefs', unresolved, RESOLVED)];
      if (droppedRules > 0 && accepted.status === 'True') conditions.push(partiallyInvalid(droppedRules));
      return { parentRef: asWritten(attachment.parentRef), conditions };
    }),
  };
}

function acceptance(
  route: RouteObject,
  { listeners, refusal }: RouteAttachment,
  routes: AttachedRoutes['routes'],
  served: ReadonlySet<JudgedListener>,
): ConditionWish {
  const older = listeners.filter((each) => routes.get(each)?.[0] !== route);
  const parts = [`attached to ${namesOf(listeners)}`];
  if (older.length > 0) parts.push(`an older route carries ${namesOf(older)}`);
  const refused = listeners.filter((each) => !served.has(each));
  if (refused.length > 0) parts.push(`the Gateway does not serve ${namesOf(refused)}`);
  return conditionOf('Accepted', refusal, { reason: 'Accepted', message: parts.join('; ') });
}

/** Present only if it is True, as the specification has it; the message must begin like this. */
function partiallyInvalid(dropped: number): ConditionWish {
  const message = `Dropped Rule: a TCPRoute has one rule; ${dropped} after the first have no effect.`;
  return { type: 'PartiallyInvalid', status: 'True', reason: 'UnsupportedValue', message };
}

function asWritten({
  group,
  kind,
  namespace,
  name,
  sectionName,
  port,
}: ParentRef): ParentStatusWish['parentRef'] {
  return {
    group,
    kind,
    ...(namespace === null ? {} : { namespace }),
    name,
    ...(sectionName === null ? {} : { sectionName }),
    ...(port === null ? {} : { port }),
  };
}

function namesOf(listeners: readonly JudgedListener[]): string {
  return listeners.map(({ listener }) => listener.name).join(', ');
}
