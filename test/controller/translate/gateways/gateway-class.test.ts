import test from 'ava';
import { readGatewayClass } from '../../../../src/controller/objects/read-gateway-class.ts';
import { gatewayClassStatus } from '../../../../src/controller/translate/gateways/gateway-class.ts';
import type { StatusWish } from '../../../../src/controller/translate/translation.ts';

function statusOf(version: string | null, spec: object = {}): Extract<StatusWish, { of: 'GatewayClass' }> {
  const metadata = { name: 'herald', uid: 'u', generation: 4 };
  const gatewayClass = readGatewayClass({ metadata, spec: { controllerName: 'herald/gateway', ...spec } })!;
  return gatewayClassStatus(gatewayClass, version) as Extract<StatusWish, { of: 'GatewayClass' }>;
}

function conditions(status: { conditions: StatusConditions }): string[] {
  return status.conditions.map((each) => `${each.type}=${each.status} ${each.reason}`);
}

type StatusConditions = Extract<StatusWish, { of: 'GatewayClass' }>['conditions'];

test('a class of this controller is accepted, with the features that are supported, sorted', (t) => {
  const status = statusOf('v1');
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
  const status = statusOf('v1', { parametersRef: { group: '', kind: 'ConfigMap', name: 'a' } });
  t.is(conditions(status)[0], 'Accepted=False InvalidParameters');
});

test('SupportedVersion is judged by what the API serves, and is never unknown', (t) => {
  const verdict = (version: string | null) => conditions(statusOf(version))[1];
  for (const version of ['v1', 'v1alpha2']) {
    t.is(verdict(version), 'SupportedVersion=True SupportedVersion', version);
    t.is(
      statusOf(version).conditions[1]!.message,
      `The API serves TCPRoute as ${version}, which this gateway reads.`,
    );
  }
  t.is(verdict(null), 'SupportedVersion=False UnsupportedVersion');
});
