import test from 'ava';
import fc from 'fast-check';
import { listenerFromTexts } from '../../../src/config/listener-from-texts.ts';
import type { ClusterObjects, ServiceObject } from '../../../src/controller/objects/cluster-objects.ts';
import { translate } from '../../../src/controller/translate/translate.ts';
import { OPTIONS, objectsOf, type WrittenWorld, worldOf } from '../golden-world.ts';

/** Some of what a Service may have where it is about us, and anything at all elsewhere. */
const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', 0, -1, [], {}, [null], 'None'));
const orOdd = <T>(usual: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: odd });
const ports = fc.array(
  orOdd(
    fc.record(
      {
        name: orOdd(fc.constantFrom('http', 'https', '80')),
        port: orOdd(fc.constantFrom(22, 80, 443, 6443, 8443, 30_000)),
        protocol: orOdd(fc.constantFrom('TCP', 'UDP', 'SCTP')),
        nodePort: orOdd(fc.constantFrom(30_443)),
      },
      { requiredKeys: ['port'] },
    ),
  ),
  { maxLength: 4 },
);
const annotations = fc.dictionary(
  fc
    .constantFrom('present', 'crc32c', 'trust', 'accept-proxy', 'idle-timeout', 'nonsense')
    .map((name) => `herald/${name}`),
  orOdd(fc.constantFrom('v1', 'v2', 'none', 'true', '5m', '10.0.0.0/8')),
);
const service = fc.record({
  kind: fc.constant('Service'),
  metadata: orOdd(
    fc.record({
      name: orOdd(fc.constantFrom('web', 'mail', 'api')),
      namespace: orOdd(fc.constantFrom('shop', 'bank')),
      creationTimestamp: orOdd(fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z')),
      annotations: orOdd(annotations),
      labels: odd,
    }),
  ),
  spec: orOdd(
    fc.record({
      type: fc.constant('LoadBalancer'),
      loadBalancerClass: fc.constant('herald/edge'),
      externalTrafficPolicy: orOdd(fc.constantFrom('Local', 'Cluster')),
      ipFamilies: orOdd(fc.constantFrom(['IPv4'], ['IPv6', 'IPv4'])),
      loadBalancerSourceRanges: odd,
      ports: orOdd(ports),
    }),
  ),
  status: odd,
});
const other = fc.record({
  kind: fc.constantFrom('Namespace', 'Node'),
  metadata: orOdd(fc.record({ name: fc.constantFrom('shop', 'bank', 'a'), labels: odd })),
  spec: odd,
  status: odd,
});
const addresses = fc.subarray([
  ...['10.0.0.1', '2001:db8::1', 'lb.example.com'],
  { address: '10.0.0.2', node: 'a', failedPorts: [443] },
  { address: '10.0.0.3', node: 'b', bypassedPorts: [80] },
]);
const worlds: fc.Arbitrary<WrittenWorld> = fc.record(
  {
    objects: fc.array(fc.oneof({ weight: 4, arbitrary: service }, { weight: 1, arbitrary: other })),
    published: addresses,
    keepsIpMode: fc.boolean(),
    reservedPorts: fc.constant({ 6443: 'it is a port of Kubernetes' }),
    heldPorts: fc.dictionary(fc.constantFrom('80', '443'), fc.constantFrom('shop', 'bank', 'gone')),
    failures: fc.dictionary(fc.constantFrom('shop/web:443', 'bank/api:80'), fc.constant('it is in use')),
  },
  { requiredKeys: ['objects'] },
);

/** The validation of a port's error in Kubernetes: a word in CamelCase, with a domain in front for errors of others. */
const PORT_ERROR =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

test('G1, G2, G4: whatever the objects are, translating is no exception, and what comes of it may be used', (t) => {
  fc.assert(
    fc.property(worlds, (written) => {
      const { objects, place } = worldOf(written);
      const { listeners, statuses, events } = translate(objects, place);
      t.is(new Set(listeners.map(({ name }) => name)).size, listeners.length);
      t.is(new Set(listeners.map(({ port }) => port)).size, listeners.length, 'each port once');
      for (const listener of listeners) {
        const made = listenerFromTexts(listener);
        t.true('options' in made, JSON.stringify(made));
        const { port } = listener;
        t.true(port === 80 || port === 443 || (port >= 1024 && port <= 29_999));
        t.false(place.reservedPorts.has(port));
        t.true((place.heldPorts.get(port) ?? listener.namespace) === listener.namespace);
      }
      for (const status of statuses) {
        if (status.of !== 'Service') continue;
        for (const { ip, hostname, ipMode, ports: states } of status.ingress) {
          t.true((ip === undefined) !== (hostname === undefined));
          t.is(ipMode, ip === undefined ? undefined : 'Proxy');
          for (const { error } of states)
            t.true(error === undefined || (PORT_ERROR.test(error) && error.length <= 316));
        }
      }
      for (const { reason, message } of events) {
        t.regex(reason, /^([A-Z][a-z]+)+$/);
        t.true(message.length > 0 && message.length <= 1024);
      }
    }),
    { numRuns: 300 },
  );
});

function reversed(objects: ClusterObjects): ClusterObjects {
  const backwards = <T>(map: ReadonlyMap<string, T>) => new Map([...map].reverse());
  return {
    ...objects,
    services: backwards(objects.services),
    namespaces: backwards(objects.namespaces),
    nodes: backwards(objects.nodes),
    instances: backwards(objects.instances),
  };
}

test('G1: the same objects give the same result, in any order, and also if they are read anew', (t) => {
  fc.assert(
    fc.property(worlds, (written) => {
      const { objects, place } = worldOf(written);
      const first = translate(objects, place);
      t.deepEqual(translate(objects, place), first);
      t.deepEqual(translate(reversed(objects), place), first);
      const again = worldOf(written);
      t.deepEqual(translate(again.objects, again.place), first);
    }),
    { numRuns: 100 },
  );
});

/** Services of the class on ports of their own, whose annotations count how often they are looked at. */
function countedServices(count: number): { objects: ClusterObjects; reads: () => number } {
  let reads = 0;
  const written = Array.from({ length: count }, (_, at) => ({
    kind: 'Service',
    metadata: { name: `s${at}`, namespace: `n${at % 100}`, annotations: { 'herald/present': 'v2' } },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'herald/edge',
      ipFamilies: ['IPv4'],
      ports: [{ port: 1024 + at }],
    },
  }));
  const objects = objectsOf({ objects: written });
  const services = new Map<string, ServiceObject>();
  for (const [key, { annotations: texts, ...others }] of objects.services) {
    services.set(key, {
      ...others,
      get annotations() {
        reads++;
        return texts;
      },
    });
  }
  return { objects: { ...objects, services }, reads: () => reads };
}

test('G9: of 10,000 Services only those are looked at again that changed', (t) => {
  const { objects, reads } = countedServices(10_000);
  const { place } = worldOf({ published: ['10.0.0.1', '10.0.0.2'] });
  const first = translate(objects, place);
  t.is(first.listeners.length, 10_000);
  t.is(reads(), 10_000);

  const again = translate(objects, place);
  t.is(reads(), 10_000);
  // A listener that is the same object needs no second look by whoever keeps it either.
  t.true(again.listeners.every((listener, at) => listener === first.listeners[at]));

  const changed = { ...objects.services.get('n7/s7')!, createdMs: 5 };
  const services = new Map([...objects.services, ['n7/s7', changed]]);
  const next = translate({ ...objects, services }, place);
  t.is(reads(), 10_001, 'the copy above is one read');
  t.is(next.listeners.filter((listener) => !first.listeners.includes(listener)).length, 1);
});

test('G9: entries of a status are made once for all Services whose addresses are in no trouble', (t) => {
  const { objects } = countedServices(100);
  const { place } = worldOf({ published: ['10.0.0.1', '10.0.0.2'] });
  const { statuses } = translate(objects, place);
  const ingresses = new Set(statuses.map((status) => status.of === 'Service' && status.ingress));
  t.is(ingresses.size, 1);
});

test('other options are other drafts: nothing that was made for the former ones is used', (t) => {
  const { objects, place } = worldOf({
    objects: [
      {
        kind: 'Service',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { type: 'LoadBalancer', loadBalancerClass: 'herald/edge', ports: [{ port: 443 }] },
      },
    ],
  });
  const presented = (defaultPresent: 'v1' | 'v2') =>
    translate(objects, { ...place, options: { ...OPTIONS, defaultPresent } }).listeners[0]?.settings.present;
  t.deepEqual([presented('v1'), presented('v2'), presented('v1')], ['v1', 'v2', 'v1']);
});

test('G11: a Service gets its first 256 ports, and an Event about the others', (t) => {
  const ports = Array.from({ length: 300 }, (_, at) => ({
    name: `p${at}`,
    port: 2000 + at,
    protocol: 'TCP',
  }));
  const spec = { type: 'LoadBalancer', loadBalancerClass: 'herald/edge', ports };
  const greedy = { kind: 'Service', metadata: { name: 'greedy', namespace: 'bank' }, spec };
  const { objects, place } = worldOf({ objects: [greedy], published: ['10.0.0.1'] });
  const { listeners, events } = translate(objects, place);
  t.is(listeners.length, 256);
  t.deepEqual(
    events.map(({ reason, message }) => [reason, message]),
    [['PortNotAllowed', 'only the first 256 ports of a Service are served: move the others to another one']],
  );
});
