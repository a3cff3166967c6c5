import type { GatewayClassObject } from '../../cluster-objects.ts';
import { gatewayApiRef } from '../../gateway-api.ts';
import type { ConditionWish, StatusWish } from '../../translation.ts';

/** Names of the conformance suite's features, sorted. One that the suite cannot test here (HTTP, TLS, UDP) is not among them. */
const SUPPORTED_FEATURES: readonly string[] = [
  'Gateway',
  'GatewayAddressEmpty',
  'GatewayStaticAddresses',
  'ReferenceGrant',
  'TCPRoute',
];

/** Bundles whose definitions this was written for: 1.0, with v1 of Gateway, to 1.6, with v1 of TCPRoute. */
const SUPPORTED_BUNDLES = 'v1.0 to v1.6';
const SUPPORTED_BUNDLE = /^v1\.[0-6]\.\d+(-[-.0-9A-Za-z]+)?$/;

/** `bundle`: of the installed definitions; null if they have none, undefined if it is not known. */
export function gatewayClassStatus(
  gatewayClass: GatewayClassObject,
  bundle: string | null | undefined,
): StatusWish {
  return {
    of: 'GatewayClass',
    ref: gatewayApiRef('GatewayClass', gatewayClass),
    generation: gatewayClass.generation,
    conditions: [accepted(gatewayClass), supportedVersion(bundle)],
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

/** Definitions of another version are served as well as they can be: the condition tells it, and Accepted stays. */
function supportedVersion(bundle: string | null | undefined): ConditionWish {
  const type = 'SupportedVersion';
  if (bundle === undefined) {
    const message = 'The version of the installed definitions is not known: this gateway does not read them.';
    return { type, status: 'Unknown', reason: 'Pending', message };
  }
  if (bundle !== null && SUPPORTED_BUNDLE.test(bundle)) {
    const message = `The installed definitions are of ${bundle}.`;
    return { type, status: 'True', reason: 'SupportedVersion', message };
  }
  const found = bundle === null ? 'name no version' : `are of ${bundle.slice(0, 64)}`;
  const message = `The installed definitions ${found}; ${SUPPORTED_BUNDLES} are supported.`;
  return { type, status: 'False', reason: 'UnsupportedVersion', message };
}
