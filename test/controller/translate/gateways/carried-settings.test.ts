import test from 'ava';
import { carriedSettings } from '../../../../src/controller/translate/gateways/carried-settings.ts';
import { routeBackends } from '../../../../src/controller/translate/gateways/route-backends.ts';
import { objectsOf, placeOf } from './gateway-scene.ts';

/** The annotation balance does not count. */
const { options } = placeOf({ options: { allowAnnotations: ['present', 'idle-timeout'] } });

/** A Gateway with a route to the Services `a` and `b`, whose annotations are these. */
function scene(annotations: { route?: object; a?: object; b?: object }, backends = ['a', 'b']) {
  const metadata = (name: string, own: object = {}) => ({ name, namespace: 'shop', annotations: own });
  const service = (name: 'a' | 'b') => ({
    kind: 'Service',
    metadata: metadata(name, annotations[name]),
    spec: { ports: [{ port: 80 }] },
  });
  const objects = objectsOf([
    { kind: 'Gateway', metadata: metadata('edge') },
    {
      kind: 'TCPRoute',
      metadata: metadata('r', annotations.route),
      spec: { rules: [{ backendRefs: backends.map((name) => ({ name, port: 80 })) }] },
    },
    service('a'),
    service('b'),
  ]);
  const gateway = objects.gateways.get('shop/edge')!;
  const route = objects.tcpRoutes.get('shop/r')!;
  return { gateway, route, objects };
}

function settingsOf(...args: Parameters<typeof scene>) {
  const { gateway, route, objects } = scene(...args);
  const { settings, events } = carriedSettings(
    gateway,
    route,
    routeBackends(route, objects, () => true),
    options,
  );
  return { settings, reasons: events.map(({ ref, reason }) => `${ref.kind} ${ref.name} ${reason}`) };
}

test('the route wins over the Service, option by option', (t) => {
  const { settings, reasons } = settingsOf(
    {
      route: { 'herald/present': 'none' },
      a: { 'herald/present': 'v1', 'herald/idle-timeout': '5m' },
    },
    ['a'],
  );
  t.deepEqual(settings, { present: 'none', affinity: 'service', idleTimeout: '5m' });
  t.deepEqual(reasons, []);
});

test('the affinity of the Service counts only where there is one', (t) => {
  t.is(settingsOf({}, ['a']).settings.affinity, 'service');
  t.is(settingsOf({}, ['a', 'a']).settings.affinity, 'service');
  t.is(settingsOf({}, ['a', 'b']).settings.affinity, undefined);
  t.is(settingsOf({}, ['a', 'gone']).settings.affinity, undefined);
});

test('where Services differ the first that says anything decides, and the route is told', (t) => {
  const told = ['TCPRoute r AnnotationInvalid'];
  const one = settingsOf({ a: { 'herald/present': 'v1' }, b: { 'herald/present': 'none' } });
  t.deepEqual([one.settings.present, one.reasons], ['v1', told]);
  const silent = settingsOf({ b: { 'herald/present': 'v1' } });
  t.deepEqual([silent.settings.present, silent.reasons], ['v1', told], 'not to say anything is the default');
  const same = settingsOf({ b: { 'herald/present': 'v2' } });
  t.deepEqual([same.settings.present, same.reasons], ['v2', []], 'it says what the default is');
  const timeout = settingsOf({ b: { 'herald/idle-timeout': '5m' } });
  t.deepEqual([timeout.settings.idleTimeout, timeout.reasons], ['5m', []], 'what harms nobody is not told');
  const decided = settingsOf({
    route: { 'herald/present': 'v2' },
    a: { 'herald/present': 'v1' },
    b: { 'herald/present': 'none' },
  });
  t.deepEqual([decided.settings.present, decided.reasons], ['v2', []]);
});

test('a mistake is told to whoever made it, and the rest counts', (t) => {
  const { settings, reasons } = settingsOf(
    {
      route: { 'herald/idle-timeout': 'soon' },
      a: { 'herald/present': 'v1', 'herald/balance': 'random-two' },
    },
    ['a'],
  );
  t.deepEqual(settings, { present: 'v1', affinity: 'service' });
  t.deepEqual(reasons, ['TCPRoute r AnnotationInvalid', 'Service a AnnotationNotAllowed']);
});

test('G9: the same objects give the same result, and another Service gives another one', (t) => {
  const { gateway, route, objects } = scene({ a: { 'herald/present': 'v1' } }, ['a']);
  const backends = routeBackends(route, objects, () => true);
  const first = carriedSettings(gateway, route, backends, options);
  t.is(
    carriedSettings(
      gateway,
      route,
      routeBackends(route, objects, () => true),
      options,
    ),
    first,
  );
  const changed = { ...backends, services: [objects.services.get('shop/b')!] };
  t.is(carriedSettings(gateway, route, changed, options).settings.present, 'v2');
  t.is(carriedSettings(gateway, null, { to: [], services: [] }, options).settings.present, 'v2');
});
