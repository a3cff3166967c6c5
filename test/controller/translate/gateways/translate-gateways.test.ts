import test from 'ava';
import fc from 'fast-check';
import { parse } from 'yaml';
import { ANNOTATIONS } from '../../../../src/config/annotation-names.ts';
import { listenerFromTexts } from '../../../../src/config/listener-from-texts.ts';
import { controllerNameOf } from '../../../../src/controller/translate/gateways/translate-gateways.ts';
import { translate } from '../../../../src/controller/translate/translate.ts';
import { CLASS, carried, objectsOf, placeOf, translated } from './gateway-scene.ts';

const GROUP = 'gateway.networking.k8s.io';

test('the controller has the prefix of annotations in its name', (t) => {
  t.is(controllerNameOf({ prefix: 'herald/' }), 'herald/gateway');
  t.is(controllerNameOf({ prefix: 'example.com/' }), 'example.com/gateway');
});

// A few names and mostly usual values, so that objects refer to each other and many clusters carry somebody; values that break
// the schema are among them.
const name = fc.constantFrom('a', 'b');
const namespace = fc.constantFrom('a', 'b');
const port = fc.constantFrom<unknown>(80, 80, 80, 80, 80, 80, 81, 81, '80', 0, null);
const odd = fc.oneof(
  { weight: 40, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const or = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.tuple(odd, usual).map(([broken, value]) => (broken === undefined ? value : broken));
const list = (each: fc.Arbitrary<unknown>) => or(fc.array(or(each), { maxLength: 3 }));

const metadata = fc.record({
  name,
  namespace,
  uid: fc.constant('u'),
  generation: or(fc.constant(1)),
  creationTimestamp: or(fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z')),
  annotations: or(
    fc.dictionary(
      fc.constantFrom(...ANNOTATIONS.map((each) => `herald/${each}`), 'herald/x', 'other'),
      or(fc.constantFrom('v1', 'v2', 'none', 'any', 'true', '5m', '7', '10.0.0.0/8', 'least-sessions')),
    ),
  ),
});
const listener = fc.record(
  {
    name,
    port,
    protocol: or(fc.constantFrom('TCP', 'TCP', 'TCP', 'TCP', 'TLS', 'UDP', 'HTTP', 'X')),
    hostname: or(fc.constant('a.example')),
    allowedRoutes: or(
      fc.record({
        namespaces: or(
          fc.record({
            from: or(fc.constantFrom('All', 'Same', 'Selector')),
            selector: or(fc.record({ matchLabels: or(fc.constant({ a: 'b' })) })),
          }),
        ),
        kinds: list(fc.record({ kind: fc.constantFrom('TCPRoute', 'TCPRoute', 'X') })),
      }),
    ),
  },
  { requiredKeys: ['name', 'port', 'protocol'] },
);
const object = fc.oneof(
  fc.record({
    kind: fc.constant('Gateway'),
    metadata,
    spec: or(
      fc.record(
        {
          gatewayClassName: fc.constant('herald'),
          listeners: list(listener),
          addresses: list(fc.record({ value: fc.constantFrom('192.0.2.1', '192.0.2.9', 'x', '') })),
          infrastructure: or(fc.constant({})),
        },
        { requiredKeys: ['gatewayClassName', 'listeners'] },
      ),
    ),
  }),
  fc.record({
    kind: fc.constant('TCPRoute'),
    metadata,
    spec: or(
      fc.record({
        parentRefs: list(fc.record({ name, namespace, sectionName: name, port }, { requiredKeys: ['name'] })),
        rules: list(
          fc.record({
            backendRefs: list(
              fc.record({ name, namespace, port, weight: or(fc.nat(3)) }, { requiredKeys: ['name', 'port'] }),
            ),
          }),
        ),
      }),
    ),
    status: or(fc.record({ parents: list(fc.record({ controllerName: fc.constant('herald/gateway') })) })),
  }),
  fc.record({
    kind: fc.constant('Service'),
    metadata,
    spec: or(
      fc.record({
        type: fc.constantFrom('ClusterIP', 'LoadBalancer', 'ExternalName'),
        loadBalancerClass: fc.constant('herald/edge'),
        ports: list(fc.record({ port, protocol: fc.constantFrom('TCP', 'UDP') })),
      }),
    ),
  }),
  fc.record({
    kind: fc.constant('ReferenceGrant'),
    metadata,
    spec: or(
      fc.record({
        from: list(fc.record({ group: fc.constant(GROUP), kind: fc.constant('TCPRoute'), namespace })),
        to: list(fc.record({ group: fc.constant(''), kind: fc.constant('Service') })),
      }),
    ),
  }),
  fc.record({
    kind: fc.constant('Namespace'),
    metadata: fc.record({ name, labels: or(fc.constant({ a: 'b' })) }),
  }),
);
// Of two objects with one name the last would count, which is no object of a cluster.
const cluster = fc.uniqueArray(object, {
  minLength: 6,
  maxLength: 14,
  selector: ({ kind, metadata: { name: key, ...more } }) =>
    `${kind} ${'namespace' in more ? more.namespace : ''}/${key}`,
});

test('whatever the objects are, each listener is one that can be opened, and its clients have a destination or are refused', (t) => {
  const place = placeOf({ options: { allowAnnotations: ANNOTATIONS } });
  let carriedClusters = 0;
  fc.assert(
    fc.property(cluster, (objects) => {
      const { listeners } = translate(objectsOf([parse(CLASS), ...objects]), place);
      if (listeners.some(({ to }) => to.some(({ endpoint }) => endpoint !== null))) carriedClusters++;
      const taken = listeners.map(({ listen }) => listen);
      return (
        new Set(taken).size === taken.length &&
        listeners.every((wish) => 'options' in listenerFromTexts(wish)) &&
        listeners.every(({ to }) => to.length > 0 && to.every(({ weight }) => weight > 0))
      );
    }),
    { numRuns: 150 },
  );
  t.true(carriedClusters > 5, 'clusters that carry somebody');
});

test('the order of the objects does not matter', (t) => {
  const shuffled = cluster.chain((objects) =>
    fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
  );
  let shuffles = 0;
  fc.assert(
    fc.property(shuffled, ([one, other]) => {
      const [first, second] = [one, other].map((objects) =>
        JSON.stringify(translated(objectsOf([parse(CLASS), ...objects]))),
      );
      if (one.some((each, at) => each !== other[at])) shuffles++;
      return first === second;
    }),
    { numRuns: 150 },
  );
  t.true(shuffles > 50, 'clusters in another order');
});

test('of routes of one age the first by namespace and name carries', (t) => {
  const meta = (key: string) => ({ name: key, namespace: 'a', creationTimestamp: '2026-01-01T00:00:00Z' });
  const gateway = {
    kind: 'Gateway',
    metadata: meta('edge'),
    spec: { gatewayClassName: 'herald', listeners: [{ name: 'db', port: 80, protocol: 'TCP' }] },
  };
  const route = (key: string, more: object = {}) => ({
    kind: 'TCPRoute',
    metadata: { ...meta(key), ...more },
    spec: { parentRefs: [{ name: 'edge' }] },
  });
  const first = (...routes: object[]) =>
    carried(translated(objectsOf([parse(CLASS), gateway, ...routes])))[0];
  t.regex(first(route('y'), route('x')) ?? '', /tcproute a\/x/);
  t.regex(first(route('x', { creationTimestamp: null }), route('y')) ?? '', /tcproute a\/y/);
});
