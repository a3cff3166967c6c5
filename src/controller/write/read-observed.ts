import type { ClusterObjects } from '../objects/cluster-objects.ts';
import { readGateway } from '../objects/read-gateway.ts';
import { readGatewayClass } from '../objects/read-gateway-class.ts';
import { readTcpRoute } from '../objects/read-route.ts';
import { readServiceObject } from '../objects/read-service.ts';
import type { StatusWish } from '../translate/translation.ts';
import type { ObservedObject } from './status-patch.ts';

const READERS: { readonly [of in StatusWish['of']]: (value: unknown) => ObservedObject | null } = {
  Service: readServiceObject,
  GatewayClass: readGatewayClass,
  Gateway: readGateway,
  Route: readTcpRoute,
};

/** Reads an object that a status was written of; null if it cannot be read. */
export function readObserved(of: StatusWish['of'], value: unknown): ObservedObject | null {
  return READERS[of](value);
}

/** The object that a status is for, as the cluster has it. */
export function observedOf({ of, ref }: StatusWish, objects: ClusterObjects): ObservedObject | undefined {
  const name = `${ref.namespace}/${ref.name}`;
  switch (of) {
    case 'Service':
      return objects.services.get(name);
    case 'GatewayClass':
      return objects.gatewayClasses.get(ref.name);
    case 'Gateway':
      return objects.gateways.get(name);
    case 'Route':
      return objects.tcpRoutes.get(name);
  }
}

/** Its status names addresses. */
export function hasAddresses(object: ObservedObject | undefined): boolean {
  if (object === undefined) return false;
  if ('ingress' in object) return object.ingress.length > 0;
  return 'observedAddresses' in object && object.observedAddresses.length > 0;
}
