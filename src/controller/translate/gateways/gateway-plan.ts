import type { ClusterObjects, GatewayClassObject, GatewayObject } from '../../objects/cluster-objects.ts';
import { gatewayApiRef } from '../../objects/gateway-api.ts';
import type { Claim } from '../claim.ts';
import type { GatewayPlace } from '../translation.ts';
import type { ListeningGateway } from './attach-routes.ts';
import { type GatewayAddresses, gatewayAddresses } from './gateway-addresses.ts';
import { type Finding, type JudgedListener, judgeListeners } from './judge-listeners.ts';

/** A Gateway of this controller, and what it asks for. */
export interface GatewayPlan extends ListeningGateway {
  /** Why the whole Gateway is not accepted; null if it is as good as its listeners. */
  readonly refusal: Finding | null;
  readonly addresses: GatewayAddresses;
  /** One for each address, in the order of `addresses.listenAt`; none for a listener that is not accepted. */
  readonly claims: ReadonlyMap<JudgedListener, readonly Claim[]>;
}

export function planGateway(
  gateway: GatewayObject,
  gatewayClass: GatewayClassObject,
  objects: ClusterObjects,
  place: GatewayPlace,
): GatewayPlan {
  const listeners = judgeListeners(gateway.listeners);
  const addresses = gatewayAddresses(gateway, objects, place);
  const refusal = invalidParameters(gateway, gatewayClass) ?? addresses.unsupported;
  const claiming = refusal === null ? listeners.filter((each) => each.refusal === null) : [];
  const claims = claiming.map((judged) => [judged, claimsOf(gateway, judged, addresses.listenAt)] as const);
  return { gateway, listeners, addresses, refusal, claims: new Map(claims) };
}

function invalidParameters(gateway: GatewayObject, gatewayClass: GatewayClassObject): Finding | null {
  const reason = 'InvalidParameters';
  if (gateway.hasParameters) {
    return { reason, message: 'its infrastructure.parametersRef is not supported; remove it' };
  }
  if (!gatewayClass.hasParameters) return null;
  return { reason, message: `GatewayClass ${gatewayClass.name} has a parametersRef, which is not supported` };
}

/** A second address has its own listener, and names it. */
function claimsOf(
  gateway: GatewayObject,
  { listener }: JudgedListener,
  listenAt: GatewayAddresses['listenAt'],
): readonly Claim[] {
  const { namespace, name, createdMs } = gateway;
  const { port } = listener;
  return listenAt.map((address, index) => ({
    name: `${namespace}/${name}:${port}${index === 0 ? '' : ` (${address})`}`,
    object: `gateway ${namespace}/${name}:${listener.name}`,
    ref: gatewayApiRef('Gateway', gateway),
    namespace,
    createdMs,
    port,
    address,
  }));
}
