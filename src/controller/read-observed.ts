import { readGateway } from './read-gateway.ts';
import { readGatewayClass } from './read-gateway-class.ts';
import { readTcpRoute } from './read-route.ts';
import { readServiceObject } from './read-service.ts';
import type { ObservedObject } from './status-patch.ts';
import type { StatusWish } from './translation.ts';

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
