import type { GatewayClassObject } from '../../objects/cluster-objects.ts';
import { gatewayApiRef } from '../../objects/gateway-api.ts';
import type { ConditionWish, StatusWish } from '../translation.ts';

/** Names of the conformance suite's features, sorted. One that the suite cannot test here (HTTP, TLS, UDP) is not among them. */
const SUPPORTED_FEATURES: readonly string[] = [
  'Gateway',
  'GatewayAddressEmpty',
  'GatewayStaticAddresses',
  'ReferenceGrant',
  'TCPRoute',
];

/** `version`: of TCPRoute, as the API has it; null if it has none. */
export function gatewayClassStatus(gatewayClass: GatewayClassObject, version: string | null): StatusWish {
  return {
    of: 'GatewayClass',
    ref: gatewayApiRef('GatewayClass', gatewayClass),
    generation: gatewayClass.generation,
    conditions: [accepted(gatewayClass), supportedVersion(version)],
    supportedFeatures: SUPPORTED_FEATURES,
  };
}

function accepted({ hasParameters }: GatewayClassObject): ConditionWish {
  if (!hasParameters) {
    return {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'Gateways of this class are served.',
    };
  }
  const message = 'Its Gateways are not served, since its parametersRef is not supported; remove it.';
  return { type: 'Accepted', status: 'False', reason: 'InvalidParameters', message };
}

/**
 * Judged by what the API serves, since this gateway has no right to read the definitions (G10). GatewayClass and Gateway are
 * there as v1, or nobody would ask.
 */
function supportedVersion(version: string | null): ConditionWish {
  const type = 'SupportedVersion';
  if (version !== null) {
    const message = `The API serves TCPRoute as ${version}, which this gateway reads.`;
    return { type, status: 'True', reason: 'SupportedVersion', message };
  }
  const message =
    'The API serves TCPRoute neither as v1 nor as v1alpha2, so that no route can carry clients; install its definition.';
  return { type, status: 'False', reason: 'UnsupportedVersion', message };
}
