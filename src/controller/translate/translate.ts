import type { ClusterObjects } from '../objects/cluster-objects.ts';
import { type ClaimOfObjects, compareText, resolveClaims } from './claim.ts';
import { claimGateways } from './gateways/translate-gateways.ts';
import { faultEvents, hopWish } from './hop-wish.ts';
import { claimServices } from './translate-services.ts';
import type { GatewayPlace, Translation } from './translation.ts';

// The whole of G1: objects in; listeners, statuses and Events out. No clock, no I/O, and nothing that is remembered but by the
// identity of unchanged objects.
//
//     claimServices ──┐
//                     ├─ claims ─▶ resolveClaims ─ verdicts ─▶ settle of each ─▶ Translation, with the listener of hops (hop-wish)
//     claimGateways ──┘

/** Each kind of object that has listeners. */
const KINDS: readonly ClaimOfObjects[] = [claimServices, claimGateways];

/** What the cluster's objects ask of this instance. Never throws; the order of the objects does not matter. */
export function translate(
  objects: ClusterObjects,
  place: GatewayPlace,
  kinds: readonly ClaimOfObjects[] = KINDS,
): Translation {
  const parts = kinds.map((claim) => claim(objects, place));
  const verdicts = resolveClaims(
    parts.flatMap(({ claims }) => claims),
    place,
  );
  const settled = parts.map((part) => part.settle(verdicts));
  const transparent = settled.flatMap((each) => each.transparent);
  const hop = hopWish(transparent, place.options);
  return {
    listeners: settled
      .flatMap(({ listeners }) => listeners)
      .sort((one, other) => compareText(one.name, other.name)),
    statuses: settled.flatMap(({ statuses }) => statuses),
    events: [...settled.flatMap(({ events }) => events), ...faultEvents(transparent, objects, place)],
    ...(hop === null ? {} : { hop }),
  };
}
