import { joinHostPort } from '../../../address/socket-address.ts';
import type { RouteObject } from '../../objects/cluster-objects.ts';
import { type Claim, isEntitled, type Verdicts } from '../claim.ts';
import { transparentOf } from '../hop-wish.ts';
import type { EventWish, GatewayPlace, ListenerWish, Settlement, TransparentWish } from '../translation.ts';
import { carriedSettings } from './carried-settings.ts';
import type { GatewayPlan } from './gateway-plan.ts';
import type { JudgedListener } from './judge-listeners.ts';
import { REFUSES_ALL, type RouteBackends } from './route-backends.ts';

/** A route that carries a listener: the oldest of those attached to it. */
export interface CarryingRoute {
  readonly route: RouteObject;
  readonly backends: RouteBackends;
}

/**
 * What this instance opens of a Gateway, and what is to be said of it. A port without a route is open and refuses its
 * clients: only by opening it can one tell that it is to be had, and a route that is replaced leaves no gap.
 */
export function carriedListeners(
  { gateway, claims }: GatewayPlan,
  carrying: (listener: JudgedListener) => CarryingRoute | null,
  verdicts: Verdicts,
  { options, ownAddresses }: GatewayPlace,
): Omit<Settlement, 'statuses'> {
  const listeners: ListenerWish[] = [];
  const transparent: TransparentWish[] = [];
  const events: EventWish[] = [];
  for (const [judged, wanted] of claims) {
    events.push(...wanted.flatMap((claim) => refusalEvents(claim, judged, verdicts)));
    const entitled = wanted.filter((claim) => isEntitled(verdicts.get(claim)));
    if (entitled.length === 0) continue;
    const carrier = carrying(judged);
    const { to, services } = carrier?.backends ?? { to: REFUSES_ALL, services: [] };
    const carried = carriedSettings(gateway, carrier?.route ?? null, { to, services }, options);
    events.push(...carried.events);
    // Also if only another instance has the address: the pods may be on this node.
    transparent.push(...transparentOf({ to, settings: carried.settings }, services));
    for (const { name, object, ref, namespace, port, address } of entitled) {
      // The address of another instance is that one's to open.
      if (address !== null && !ownAddresses.includes(address)) continue;
      const route = carrier?.route;
      listeners.push({
        name,
        object: route === undefined ? object : `tcproute ${route.namespace}/${route.name}`,
        owner: ref,
        namespace,
        listen: address === null ? `:${port}` : joinHostPort(address, port),
        port,
        settings: carried.settings,
        to,
        refusesEmptyShares: true,
      });
    }
  }
  return { listeners, events, transparent };
}

function refusalEvents(claim: Claim, { listener }: JudgedListener, verdicts: Verdicts): readonly EventWish[] {
  const verdict = verdicts.get(claim);
  if (verdict?.is !== 'refused') return [];
  const message = `listener ${listener.name}: ${verdict.message}`;
  return [{ ref: claim.ref, type: 'Warning', reason: verdict.reason, message }];
}
