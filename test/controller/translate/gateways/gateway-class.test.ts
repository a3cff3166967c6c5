import test from 'ava';
import { readGatewayClass } from '../../../../src/controller/read-gateway-class.ts';
import { gatewayClassStatus } from '../../../../src/controller/translate/gateways/gateway-class.ts';
import type { StatusWish } from '../../../../src/controller/translation.ts';

function statusOf(
  bundle: string | null | undefined,
  spec: object = {},
): Extract<StatusWish, { of: 'GatewayClass' }> {
  const metadata = { name: 'herald', uid: 'u', generation: 4 };
  const gatewayClass = readGatewayClass({ metadata, spec: { controllerName: 'herald/gateway', ...spec } })!;
  return gatewayClassStatus(gatewayClass, bundle) as Extract<StatusWish, { of: 'GatewayClass' }>;
}

function conditions(status: { conditions: StatusConditions }): string[] {
  return status.conditions.map((each) => `${each.type}=${each.status} ${each.reason}`);
}

type StatusConditions = Extract<StatusWish, { of: 'GatewayClass' }>['conditions'];

test('a class of this controller is accepted, with the features that are supported, sorted', (t) => {
  const status = statusOf('v1.6.0');
  t.deepEqual(conditions(status), ['Accepted=True Accepted', 'SupportedVersion=True SupportedVersion']);
  t.is(status.generation, 4);
  t.deepEqual(status.supportedFeatures, [
    'Gateway',
    'GatewayAddressEmpty',
    'GatewayStaticAddresses',
    'ReferenceGrant',
    'TCPRoute',
  ]);
  t.deepEqual(status.supportedFeatures, [...status.supportedFeatures].sort());
});

test('a class with parameters is not accepted', (t) => {
  const status = statusOf('v1.6.0', { parametersRef: { group: '', kind: 'ConfigMap', name: 'a' } });
  t.is(conditions(status)[0], 'Accepted=False InvalidParameters');
});

test('SupportedVersion is judged by the version of the installed definitions', (t) => {
  const verdict = (bundle: string | null | undefined) => conditions(statusOf(bundle))[1];
  for (const good of ['v1.0.0', 'v1.4.1', 'v1.6.2', 'v1.6.0-rc.1']) {
    t.is(verdict(good), 'SupportedVersion=True SupportedVersion', good);
  }
  for (const bad of ['v0.8.1', 'v0.0.0', 'v0.0.0-dev', 'v1.7.0', 'v1.60.0', 'v2.0.0', 'x', null]) {
    t.is(verdict(bad), 'SupportedVersion=False UnsupportedVersion', `${bad}`);
  }
  t.is(verdict(undefined), 'SupportedVersion=Unknown Pending');
  t.is(
    statusOf('v0.8.1').conditions[1]!.message,
    'The installed definitions are of v0.8.1; v1.0 to v1.6 are supported.',
  );
});
