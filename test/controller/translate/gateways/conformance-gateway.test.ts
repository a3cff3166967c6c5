import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { translate } from '../../../../src/controller/translate/translate.ts';
import type { Translation } from '../../../../src/controller/translate/translation.ts';
import { TLS_CASES } from '../../../helpers/gateway-api-data.ts';
import { worldOf } from '../../golden-world.ts';
import { conformance, conformanceTests, statusProblems } from './conformance-data.ts';
import {
  carried,
  conditions,
  listenerOf,
  objectsOf,
  placeOf,
  published,
  statusOf,
  translated,
} from './gateway-scene.ts';

// The conformance suite's cases of Gateway, with its own manifests. Their listeners are mostly of HTTP, which is not
// served; where the case is about something else, it is also told with listeners of TCP.

const test = conformanceTests();
const INFRA = 'gateway-conformance-infra';

interface AnyObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: { readonly [field: string]: unknown };
}

const NOT_ACCEPTED = ['Accepted=False ListenersNotValid', 'Programmed=False Invalid'];
const ACCEPTED = ['Accepted=True Accepted', 'Programmed=True Programmed'];

/** The same objects with TCP as the protocol of their listeners, on ports of their own. */
function withTcp(objects: readonly unknown[], name: string, more: object = {}): unknown[] {
  return (objects as AnyObject[]).map((each) => {
    if (each.kind !== 'Gateway' || each.metadata.name !== name) return each;
    const listeners = each.spec.listeners as readonly object[];
    return {
      ...each,
      spec: {
        ...each.spec,
        listeners: listeners.map((listener, index) => ({ ...listener, protocol: 'TCP', port: 9000 + index })),
        ...more,
      },
    };
  });
}

function translatedCase(name: string): Translation {
  return translated(objectsOf(conformance(name)));
}

test('gateway-invalid-listeners-unsupported-protocol: the Gateway is accepted only if a listener is', (t) => {
  const name = 'gateway-invalid-listeners-unsupported-protocol';
  const translation = translatedCase(name);
  const only = `${INFRA}/gateway-only-unsupported-protocols`;
  t.deepEqual(conditions(statusOf(translation, 'Gateway', only)), NOT_ACCEPTED);
  const listener = listenerOf(translation, only, 'invalid');
  t.is(conditions(listener)[0], 'Accepted=False UnsupportedProtocol');
  t.deepEqual(listener.supportedKinds, []);
  t.is(listener.attachedRoutes, 0);
  t.deepEqual(statusProblems(translation), []);

  const both = 'gateway-supported-and-unsupported-protocols';
  const objects = (conformance(name) as AnyObject[]).map((each) => {
    if (each.metadata.name !== both) return each;
    const listeners = (each.spec.listeners as { protocol: string }[]).map((one) =>
      one.protocol === 'HTTP' ? { ...one, protocol: 'TCP' } : one,
    );
    return { ...each, spec: { ...each.spec, listeners } };
  });
  const mixed = translated(objectsOf(objects));
  const gateway = statusOf(mixed, 'Gateway', `${INFRA}/${both}`);
  t.deepEqual(conditions(gateway), ['Accepted=True ListenersNotValid', 'Programmed=True Programmed']);
  t.is(gateway.conditions[0]!.message, 'Accepted listeners: http; not accepted: invalid.');
  t.deepEqual(carried(mixed), [`${INFRA}/${both}:80 gateway ${INFRA}/${both}:http → refused 1`]);
  t.deepEqual(statusProblems(mixed), []);
});

test('gateway-invalid-route-kind: kinds that the protocol does not carry are named, and not supported', (t) => {
  const name = 'gateway-invalid-route-kind';
  const only = 'gateway-only-invalid-route-kind';
  const both = 'gateway-supported-and-invalid-route-kind';
  const translation = translatedCase(name);
  for (const gateway of [only, both]) {
    const listener = listenerOf(translation, `${INFRA}/${gateway}`, 'http');
    t.is(conditions(listener)[2], 'ResolvedRefs=False InvalidRouteKinds');
    t.deepEqual(listener.supportedKinds, []);
  }
  const kinds = [{ kind: 'InvalidRoute' }, { kind: 'TCPRoute' }];
  const listeners = [{ name: 'tcp', protocol: 'TCP', port: 9000, allowedRoutes: { kinds } }];
  const tcp = translated(objectsOf(withTcp(withTcp(conformance(name), only), both, { listeners })));
  const invalid = listenerOf(tcp, `${INFRA}/${only}`, 'http');
  t.is(conditions(invalid)[2], 'ResolvedRefs=False InvalidRouteKinds');
  t.deepEqual(invalid.supportedKinds, []);
  const mixed = listenerOf(tcp, `${INFRA}/${both}`, 'tcp');
  t.is(conditions(mixed)[2], 'ResolvedRefs=False InvalidRouteKinds');
  t.deepEqual(mixed.supportedKinds, [{ group: 'gateway.networking.k8s.io', kind: 'TCPRoute' }]);
  t.deepEqual(statusProblems(tcp), []);
});

test('gateway-invalid-parameters-ref: a Gateway with parameters is not accepted', (t) => {
  const name = 'gateway-invalid-parameters-ref';
  for (const objects of [conformance(name), withTcp(conformance(name), name)]) {
    const translation = translated(objectsOf(objects));
    t.deepEqual(conditions(statusOf(translation, 'Gateway', `${INFRA}/${name}`)), [
      'Accepted=False InvalidParameters',
      'Programmed=False Invalid',
    ]);
    t.deepEqual(carried(translation), []);
    t.deepEqual(statusProblems(translation), []);
  }
});

test('gateway-static-addresses: a type that is not served, an address that nobody has, one that is here', (t) => {
  const name = 'gateway-static-addresses';
  const gateway = `${INFRA}/${name}`;
  const [usable, unusable] = [{ value: '192.0.2.1' }, { value: '198.51.100.9' }];
  const asked = conformance(name);
  const status = (addresses: object[]) => {
    const translation = translated(objectsOf(withTcp(asked, name, { addresses })));
    t.deepEqual(statusProblems(translation), []);
    return { translation, gateway: statusOf(translation, 'Gateway', gateway) };
  };

  const all = statusOf(translated(objectsOf(asked)), 'Gateway', gateway);
  t.deepEqual(conditions(all), ['Accepted=False UnsupportedAddress', 'Programmed=False Invalid']);

  const some = status([unusable, usable]);
  t.deepEqual(conditions(some.gateway), ['Accepted=True Accepted', 'Programmed=False AddressNotUsable']);
  t.regex(some.gateway.conditions[1]!.message, /^198\.51\.100\.9 is not an address of this gateway/);

  const one = status([usable]);
  t.deepEqual(conditions(one.gateway), ACCEPTED);
  t.deepEqual(one.gateway.addresses, [{ type: 'IPAddress', value: '192.0.2.1' }]);
  t.deepEqual(
    one.translation.listeners.map(({ listen }) => listen),
    ['192.0.2.1:9000'],
  );
});

test('gateway-optional-address-value: an address without a value is any address', (t) => {
  const name = 'gateway-optional-address-value';
  const gateway = 'gateway-without-address-value';
  const place = placeOf({ published: [published('192.0.2.1'), published('2001:db8::1')] });
  const translation = translated(objectsOf(withTcp(conformance(name), gateway)), place);
  const status = statusOf(translation, 'Gateway', `${INFRA}/${gateway}`);
  t.deepEqual(conditions(status), ACCEPTED);
  t.deepEqual(
    status.addresses.map(({ value }) => value),
    ['192.0.2.1', '2001:db8::1'],
  );
  t.deepEqual(
    translation.listeners.map(({ listen }) => listen),
    [':9000'],
  );
  t.deepEqual(statusProblems(translation), []);
});

test('gateway-infrastructure: labels and annotations for infrastructure change nothing', (t) => {
  const gateway = 'gateway-with-infrastructure-metadata';
  const translation = translated(objectsOf(withTcp(conformance('gateway-infrastructure'), gateway)));
  t.deepEqual(conditions(statusOf(translation, 'Gateway', `${INFRA}/${gateway}`)), ACCEPTED);
});

for (const name of TLS_CASES) {
  test(`${name}: until TLS is served its listeners are not accepted, and say why`, (t) => {
    const translation = translatedCase(name);
    const gateways = translation.statuses.filter((each) => each.of === 'Gateway');
    t.true(gateways.length > 4, 'besides the base manifests there is a Gateway of the case');
    for (const gateway of gateways) {
      t.deepEqual(conditions(gateway), NOT_ACCEPTED);
      for (const listener of gateway.listeners) {
        t.deepEqual(conditions(listener).slice(0, 2), [
          'Accepted=False UnsupportedProtocol',
          'Programmed=False Invalid',
        ]);
        t.regex(
          listener.conditions[0]!.message,
          /^(TLS listeners are not served yet|Herald does not route HTTP);/,
        );
        t.is(listener.attachedRoutes, 0);
      }
    }
    t.deepEqual(carried(translation), []);
    t.deepEqual(statusProblems(translation), []);
  });
}

test('what the golden files have as statuses is what an API server takes', (t) => {
  const folder = fileURLToPath(new URL('../../../../../test/controller/golden/', import.meta.url));
  const names = readdirSync(folder).filter((file) => /^gateway-.*\.in\.yaml$/.test(file));
  t.true(names.length > 20);
  for (const name of names) {
    const { objects, place } = worldOf(parse(readFileSync(join(folder, name), 'utf8')));
    t.deepEqual(statusProblems(translate(objects, place)), [], name);
  }
});

test('gateway-observed-generation-bump: a status is of the generation that it was made from', (t) => {
  const objects = withTcp(conformance('gateway-infrastructure'), 'gateway-with-infrastructure-metadata');
  const bumped = (objects as AnyObject[]).map((each) => ({
    ...each,
    metadata: { ...each.metadata, generation: 7 },
  }));
  for (const status of translated(objectsOf(bumped)).statuses) {
    t.true(status.of !== 'Service' && status.generation === 7);
  }
});
