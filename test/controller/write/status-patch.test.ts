import test from 'ava';
import { objectPath } from '../../../src/controller/objects/object-path.ts';
import type { ParentStatusWish, StatusWish } from '../../../src/controller/translate/translation.ts';
import { statusPatch } from '../../../src/controller/write/status-patch.ts';
import type { Json } from '../fake-api.ts';
import {
  CONTROLLER,
  classOf,
  conditionOf,
  gatewayOf,
  INGRESS,
  readObserved,
  refOf,
  routeOf,
  serviceOf,
  wishOf,
} from '../objects.ts';

const NOW = '2023-11-14T22:13:20Z';
const OPTIONS = { fieldManager: 'herald-gateway', controllerName: CONTROLLER, nowMs: Date.parse(NOW) };
const META = { namespace: 'shop', name: 'web', uid: 'u1', resourceVersion: '7' };

function bodyOf(value: Json, wish: StatusWish, options: object = {}): Json {
  return statusPatch(readObserved(wish.of, value), wish, { ...OPTIONS, ...options })?.body ?? null;
}

// ── Services ──

const service = (ingress: readonly object[] = [INGRESS]): StatusWish => ({
  of: 'Service',
  ref: refOf('Service'),
  ingress: ingress as never,
});
const asService = (ingress?: Json) => ({ metadata: META, spec: {}, status: { loadBalancer: { ingress } } });

test('G6: a Service is published by a merge patch of its status', (t) => {
  const patch = statusPatch(serviceOf(asService()), service(), OPTIONS);
  t.deepEqual(patch, {
    verb: 'patch',
    path: '/api/v1/namespaces/shop/services/web/status',
    body: { metadata: { uid: 'u1' }, status: { loadBalancer: { ingress: [INGRESS] } } },
  });
});

test('G6: what a Service has already is not written', (t) => {
  t.is(bodyOf(asService([INGRESS]), service()), null);
  t.is(bodyOf(asService(), service([])), null);
  // The API writes the mode of an address that has none.
  const plain = { ip: '192.0.2.1', ports: [] };
  t.is(bodyOf(asService([{ ...plain, ipMode: 'VIP' }]), service([plain])), null);
});

test('a Service that should have no address loses those that it has', (t) => {
  t.deepEqual(bodyOf(asService([INGRESS]), service([])).status, { loadBalancer: { ingress: null } });
});

for (const [title, seen] of Object.entries({
  'another address': { ...INGRESS, ip: '192.0.2.2' },
  'another mode': { ...INGRESS, ipMode: 'VIP' },
  'no mode': { ip: INGRESS.ip, ports: INGRESS.ports },
  'a host name': { ...INGRESS, ip: undefined, hostname: 'x.example' },
  'another port': { ...INGRESS, ports: [{ port: 80, protocol: 'TCP' }] },
  'another protocol': { ...INGRESS, ports: [{ port: 443, protocol: 'UDP' }] },
  'an error at its port': { ...INGRESS, ports: [{ port: 443, protocol: 'TCP', error: 'x/y' }] },
  'no ports': { ...INGRESS, ports: [] },
})) {
  test(`a Service with ${title} differs`, (t) => t.truthy(bodyOf(asService([seen]), service())));
}

test('G5: the order of addresses is that of the families, so another order differs', (t) => {
  const other = { ...INGRESS, ip: '2001:db8::1' };
  t.truthy(bodyOf(asService([other, INGRESS]), service([INGRESS, other])));
});

// ── GatewayClass ──

const classWish: StatusWish = {
  of: 'GatewayClass',
  ref: refOf('GatewayClass'),
  generation: 2,
  conditions: [wishOf('Accepted')],
  supportedFeatures: ['TCPRoute', 'Gateway'],
};
const asClass = (status: Json) => ({ metadata: { name: 'web', uid: 'u1', resourceVersion: '7' }, status });

test('G6: a GatewayClass is applied with a field manager of our own', (t) => {
  const patch = statusPatch(classOf(asClass({})), classWish, OPTIONS);
  t.is(patch?.verb, 'apply');
  t.is(
    patch?.path,
    '/apis/gateway.networking.k8s.io/v1/gatewayclasses/web/status?fieldManager=herald-gateway&force=true',
  );
  t.deepEqual(patch?.body, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'web', uid: 'u1' },
    status: {
      conditions: [conditionOf(wishOf('Accepted'), { observedGeneration: 2, lastTransitionTime: NOW })],
      supportedFeatures: [{ name: 'Gateway' }, { name: 'TCPRoute' }],
    },
  });
});

test('a GatewayClass that is as it should be is not written; conditions of others do not count', (t) => {
  const conditions = [
    conditionOf(wishOf('Other', 'False')),
    conditionOf(wishOf('Accepted'), { observedGeneration: 2 }),
  ];
  const features = [{ name: 'Gateway' }, { name: 'TCPRoute' }];
  t.is(bodyOf(asClass({ conditions, supportedFeatures: features }), classWish), null);
  t.truthy(bodyOf(asClass({ conditions, supportedFeatures: [...features, { name: 'X' }] }), classWish));
  t.truthy(bodyOf(asClass({ conditions }), classWish));
  // The field is not in the definition.
  t.is(bodyOf(asClass({ conditions }), classWish, { hasFeatures: false }), null);
  t.false('supportedFeatures' in bodyOf(asClass({}), classWish, { hasFeatures: false }).status);
});

test('G7: a condition keeps its time unless its status changes', (t) => {
  const written = (seen: object) =>
    bodyOf(asClass({ conditions: [conditionOf(wishOf('Accepted'), seen)] }), classWish).status.conditions[0];
  t.is(written({}).lastTransitionTime, '2020-01-01T00:00:00Z');
  t.is(written({ message: 'other', reason: 'Other' }).lastTransitionTime, '2020-01-01T00:00:00Z');
  t.is(written({ status: 'False' }).lastTransitionTime, NOW);
  t.is(written({ status: 'Unknown' }).lastTransitionTime, NOW);
  t.is(written({ lastTransitionTime: '', reason: 'Other' }).lastTransitionTime, NOW);
});

for (const [title, seen] of Object.entries({
  'another status': { status: 'False' },
  'another reason': { reason: 'Other' },
  'another message': { message: 'other' },
  'G7: an older generation': { observedGeneration: 1 },
})) {
  test(`a condition with ${title} differs`, (t) => {
    const features = [{ name: 'Gateway' }, { name: 'TCPRoute' }];
    const conditions = [conditionOf(wishOf('Accepted'), { observedGeneration: 2, ...seen })];
    t.truthy(bodyOf(asClass({ conditions, supportedFeatures: features }), classWish));
  });
}

test('a message is cut to what the API accepts', (t) => {
  const wish = { ...classWish, conditions: [wishOf('Accepted', 'True', 'x'.repeat(40_000))] };
  t.is(bodyOf(asClass({}), wish).status.conditions[0].message.length, 32_768);
});

// ── Gateways ──

const KIND = { group: 'gateway.networking.k8s.io', kind: 'TCPRoute' };
const LISTENER = {
  name: 'db',
  supportedKinds: [KIND],
  attachedRoutes: 2,
  conditions: [wishOf('Programmed')],
};
const gatewayWish: StatusWish = {
  ...{ of: 'Gateway', ref: refOf('Gateway'), generation: 1, conditions: [wishOf('Accepted')] },
  ...{ addresses: [{ type: 'IPAddress', value: '192.0.2.1' }], listeners: [LISTENER] },
};
const SEEN = {
  addresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
  conditions: [conditionOf(wishOf('Accepted'))],
  listeners: [{ ...LISTENER, conditions: [conditionOf(wishOf('Programmed'))] }],
};
const asGateway = (changes: Json = {}) => ({ metadata: META, status: { ...SEEN, ...changes } });

test('G6, G7: a Gateway is applied with its listeners, their conditions, and attachedRoutes', (t) => {
  const patch = statusPatch(gatewayOf(asGateway({ listeners: [] })), gatewayWish, OPTIONS);
  t.is(patch?.verb, 'apply');
  t.true(patch?.path.startsWith('/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways/web/status?'));
  t.deepEqual((patch!.body as Json).status, {
    ...SEEN,
    listeners: [
      { ...LISTENER, conditions: [conditionOf(wishOf('Programmed'), { lastTransitionTime: NOW })] },
    ],
  });
  t.is(bodyOf(asGateway(), gatewayWish), null);
});

for (const [title, changes] of Object.entries({
  'no address': { addresses: [] },
  'another address': { addresses: [{ type: 'IPAddress', value: '192.0.2.2' }] },
  'no condition': { conditions: [] },
  'a listener more': { listeners: [...SEEN.listeners, { ...SEEN.listeners[0], name: 'old' }] },
  'another count of routes': { listeners: [{ ...SEEN.listeners[0], attachedRoutes: 1 }] },
  'other kinds': { listeners: [{ ...SEEN.listeners[0], supportedKinds: [] }] },
  'a listener without its condition': { listeners: [{ ...SEEN.listeners[0], conditions: [] }] },
})) {
  test(`a Gateway with ${title} differs`, (t) => t.truthy(bodyOf(asGateway(changes), gatewayWish)));
}

test("an entry of a listener that is not there any more goes, whoever wrote it; others' conditions stay", (t) => {
  const old = { ...SEEN.listeners[0], name: 'old' };
  const theirs = conditionOf({ ...wishOf('Programmed'), type: 'example.com/Checked' });
  const seen = { listeners: [old, ...SEEN.listeners], conditions: [theirs, ...SEEN.conditions] };
  const patch = statusPatch(gatewayOf(asGateway(seen)), gatewayWish, OPTIONS);
  t.is(patch?.verb, 'patch');
  t.is(patch?.path, '/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways/web/status');
  const { metadata, status } = patch!.body as Json;
  t.deepEqual(metadata, { uid: META.uid, resourceVersion: META.resourceVersion });
  t.deepEqual(status, { ...SEEN, conditions: [theirs, ...SEEN.conditions] });
});

// ── routes ──

const PARENT = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
const parent = (sectionName: string, status: 'True' | 'False' = 'True'): ParentStatusWish => ({
  parentRef: { ...PARENT, sectionName },
  conditions: [wishOf('Accepted', status)],
});
const routeWish = (...parents: readonly ParentStatusWish[]): StatusWish => ({
  ...{ of: 'Route', ref: refOf('TCPRoute'), generation: 1, parents },
});
const entry = (sectionName: string, controllerName = CONTROLLER, more: Json = {}) => ({
  parentRef: { ...PARENT, sectionName },
  controllerName,
  conditions: [conditionOf(wishOf('Accepted'))],
  ...more,
});
const asRoute = (...parents: Json[]) => ({ metadata: META, status: { parents } });

test('G6: a route is patched at the version that was read, with our entries replaced in their places', (t) => {
  const other = entry('x', 'example.com/other', {
    conditions: [{ odd: [1, null, { b: 2, a: 1 }] }],
    more: 1,
  });
  const value = asRoute(entry('a'), other, entry('gone'), entry('b'));
  const patch = statusPatch(
    routeOf(value),
    routeWish(parent('new'), parent('b', 'False'), parent('a')),
    OPTIONS,
  );
  t.is(patch?.verb, 'patch');
  t.is(patch?.path, '/apis/gateway.networking.k8s.io/v1/namespaces/shop/tcproutes/web/status');
  const { metadata, status } = patch!.body as Json;
  t.deepEqual(metadata, { uid: 'u1', resourceVersion: '7' });
  t.deepEqual(
    status.parents.map(({ parentRef }: Json) => parentRef.sectionName),
    ['a', 'x', 'b', 'new'],
  );
  // G7: byte for byte.
  t.is(JSON.stringify(status.parents[1]), JSON.stringify(other));
  t.deepEqual(status.parents[0], entry('a'));
  t.is(status.parents[2].conditions[0].lastTransitionTime, NOW);
  t.is(status.parents[3].controllerName, CONTROLLER);
});

test('G6: a route that is as it should be is not written, whatever others have written', (t) => {
  t.is(bodyOf(asRoute(entry('a'), entry('a', 'example.com/other')), routeWish(parent('a'))), null);
  t.is(bodyOf(asRoute(entry('b'), entry('a')), routeWish(parent('a'), parent('b'))), null);
  t.is(bodyOf(asRoute(entry('a', 'example.com/other')), routeWish()), null);
});

for (const [title, value, wish] of [
  ['twice the same entry', asRoute(entry('a'), entry('a')), routeWish(parent('a'))],
  ['an entry of a parent that it has no more', asRoute(entry('a'), entry('b')), routeWish(parent('a'))],
  [
    'a condition too many',
    asRoute(
      entry('a', CONTROLLER, { conditions: [conditionOf(wishOf('Accepted')), conditionOf(wishOf('Old'))] }),
    ),
    routeWish(parent('a')),
  ],
  [
    'another port',
    asRoute(entry('a', CONTROLLER, { parentRef: { ...PARENT, sectionName: 'a', port: 1 } })),
    routeWish(parent('a')),
  ],
] as const) {
  test(`a route with ${title} differs, and has one entry afterwards`, (t) => {
    t.is(bodyOf(value, wish).status.parents.length, 1);
  });
}

test('paths are those of the kinds, and names are escaped', (t) => {
  t.is(
    objectPath({ ...refOf('TCPRoute'), apiVersion: 'gateway.networking.k8s.io/v1alpha2', name: 'a/b' }),
    '/apis/gateway.networking.k8s.io/v1alpha2/namespaces/shop/tcproutes/a%2Fb',
  );
  t.is(objectPath(refOf('GatewayClass')), '/apis/gateway.networking.k8s.io/v1/gatewayclasses/web');
});
