import type { RouteKind } from './cluster-objects.ts';
import type { ObjectRef } from './object-path.ts';

/** The API group of the Gateway API. */
export const GATEWAY_GROUP = 'gateway.networking.k8s.io';

type Named = Omit<ObjectRef, 'apiVersion' | 'kind'>;

/** The reference to an object of the Gateway API. `version`: the one that it was read in. */
export function gatewayApiRef(kind: string, { namespace, name, uid }: Named, version = 'v1'): ObjectRef {
  return { apiVersion: `${GATEWAY_GROUP}/${version}`, kind, namespace, name, uid };
}

export function isSameKind(one: RouteKind, other: RouteKind): boolean {
  return one.group === other.group && one.kind === other.kind;
}
