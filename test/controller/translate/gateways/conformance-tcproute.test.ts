import { conformance, conformanceTests, statusProblems } from './conformance-data.ts';
import {
  carried,
  conditions,
  listenerOf,
  objectsOf,
  parentOf,
  statusOf,
  translated,
} from './gateway-scene.ts';

// The conformance suite's cases of TCPRoute, with its own manifests.

const test = conformanceTests();
const INFRA = 'gateway-conformance-infra';
const WEB = 'gateway-conformance-web-backend';

const PROGRAMMED = [
  'Accepted=True Accepted',
  'Programmed=True Programmed',
  'ResolvedRefs=True ResolvedRefs',
  'Conflicted=False NoConflicts',
];
const TCP_ROUTE = [{ group: 'gateway.networking.k8s.io', kind: 'TCPRoute' }];

test('tcproute-invalid-backendref-nonexistent: ResolvedRefs is False, and connections are refused', (t) => {
  const translation = translated(objectsOf(conformance('tcproute-invalid-backendref-nonexistent')));
  const parent = parentOf(translation, `${INFRA}/tcp-route-invalid-backend-ref-nonexistent`);
  t.deepEqual(conditions(parent), ['Accepted=True Accepted', 'ResolvedRefs=False BackendNotFound']);
  t.is(
    parent.conditions[1]!.message,
    'Backend gateway-conformance-infra/nonexistent-service does not exist.',
  );
  t.deepEqual(carried(translation), [
    `${INFRA}/tcp-gateway-invalid-backend:9300 tcproute ${INFRA}/tcp-route-invalid-backend-ref-nonexistent → refused 1`,
  ]);
  t.is(translation.listeners[0]!.refusesEmptyShares, true);
  t.deepEqual(statusProblems(translation), []);
});

test('tcproute-invalid-cross-namespace-backend-ref: without a grant the reference is not permitted', (t) => {
  const translation = translated(objectsOf(conformance('tcproute-invalid-cross-namespace-backend-ref')));
  const parent = parentOf(translation, `${INFRA}/tcp-invalid-cross-namespace-backend-ref`);
  t.deepEqual(conditions(parent), ['Accepted=True Accepted', 'ResolvedRefs=False RefNotPermitted']);
  t.deepEqual(carried(translation), [
    `${INFRA}/tcp-invalid-cross-namespace-backend-ref-gateway:9321 tcproute ${INFRA}/tcp-invalid-cross-namespace-backend-ref → refused 1`,
  ]);
  t.deepEqual(statusProblems(translation), []);
});

test('tcproute-reference-grant: a route carries to another namespace while the grant is there', (t) => {
  const objects = conformance('tcproute-reference-grant');
  const granted = translated(objectsOf(objects));
  const name = `${INFRA}/tcp-reference-grant`;
  t.deepEqual(conditions(parentOf(granted, name)), [
    'Accepted=True Accepted',
    'ResolvedRefs=True ResolvedRefs',
  ]);
  t.is(listenerOf(granted, `${INFRA}/tcp-reference-grant-gateway`, 'tcp').attachedRoutes, 1);
  t.deepEqual(carried(granted), [
    `${INFRA}/tcp-reference-grant-gateway:9320 tcproute ${name} → k8s:${WEB}/tcp-reference-grant-backend:tcp 1`,
  ]);
  t.deepEqual(statusProblems(granted), []);

  const withdrawn = translated(
    objectsOf(objects.filter((each) => (each as { kind: string }).kind !== 'ReferenceGrant')),
  );
  t.deepEqual(conditions(parentOf(withdrawn, name)), [
    'Accepted=True Accepted',
    'ResolvedRefs=False RefNotPermitted',
  ]);
  t.deepEqual(carried(withdrawn), [`${INFRA}/tcp-reference-grant-gateway:9320 tcproute ${name} → refused 1`]);
});

test('tcproute-invalid-non-tcp-listener: a TCPRoute attaches to no listener of another protocol', (t) => {
  const translation = translated(objectsOf(conformance('tcproute-invalid-non-tcp-listener')));
  t.deepEqual(
    conditions(parentOf(translation, `${INFRA}/tcp-route`))[0],
    'Accepted=False NotAllowedByListeners',
  );
  const listener = listenerOf(translation, `${INFRA}/tcp-mixed-protocol-gateway`, 'only-allow-http-routes');
  t.is(listener.attachedRoutes, 0);
  t.deepEqual(listener.supportedKinds, []);
  t.deepEqual(carried(translation), []);
  t.deepEqual(statusProblems(translation), []);
});

test('tcproute-multiple-routes-attachment: both routes are accepted and counted, and the oldest carries', (t) => {
  const objects = conformance('tcproute-multiple-routes-attachment');
  const older = objects.find((each) => (each as { kind: string }).kind === 'TCPRoute') as {
    metadata: object;
    spec: object;
  };
  // As the suite does it: the second route is made a second later.
  const newer = {
    ...older,
    metadata: { ...older.metadata, name: 'a-newer', creationTimestamp: '2026-02-01T00:00:01Z' },
    spec: { ...older.spec, rules: [{ backendRefs: [{ name: 'tcp-attach-backend-2', port: 3000 }] }] },
  };
  const translation = translated(objectsOf([newer, ...objects]));
  for (const route of ['tcproute-attach-older', 'a-newer']) {
    t.deepEqual(conditions(parentOf(translation, `${INFRA}/${route}`)), [
      'Accepted=True Accepted',
      'ResolvedRefs=True ResolvedRefs',
    ]);
  }
  t.is(
    parentOf(translation, `${INFRA}/a-newer`).conditions[0]!.message,
    'Attached to tcp; an older route carries tcp.',
  );
  const listener = listenerOf(translation, `${INFRA}/tcp-multi-route-attach-gateway`, 'tcp');
  t.deepEqual(conditions(listener), PROGRAMMED);
  t.deepEqual(listener.supportedKinds, TCP_ROUTE);
  t.is(listener.attachedRoutes, 2);
  t.deepEqual(carried(translation), [
    `${INFRA}/tcp-multi-route-attach-gateway:9310 tcproute ${INFRA}/tcproute-attach-older → k8s:${INFRA}/tcp-attach-backend-1:tcp 1`,
  ]);
  t.deepEqual(statusProblems(translation), []);
});

test('tcproute-parentref-attach-all: a parent without section and port is every TCP listener', (t) => {
  const translation = translated(objectsOf(conformance('tcproute-parentref-attach-all')));
  const route = `${INFRA}/tcp-route-attach-all`;
  t.deepEqual(conditions(parentOf(translation, route)), [
    'Accepted=True Accepted',
    'ResolvedRefs=True ResolvedRefs',
  ]);
  const gateway = statusOf(translation, 'Gateway', `${INFRA}/tcp-attach-all-gateway`);
  t.deepEqual(conditions(gateway), ['Accepted=True Accepted', 'Programmed=True Programmed']);
  t.deepEqual(
    gateway.listeners.map(({ name, attachedRoutes }) => [name, attachedRoutes]),
    [
      ['one', 1],
      ['two', 1],
      ['three', 1],
      ['four', 1],
    ],
  );
  t.deepEqual(
    carried(translation),
    [9310, 9311, 9312, 9313].map(
      (port) =>
        `${INFRA}/tcp-attach-all-gateway:${port} tcproute ${route} → k8s:${INFRA}/tcp-echo-attach-all:tcp 1`,
    ),
  );
  t.deepEqual(statusProblems(translation), []);
});

test('tcproute-parentref-port-and-section-name: listeners are chosen by port, by name, and by both', (t) => {
  const translation = translated(objectsOf(conformance('tcproute-parentref-port-and-section-name')));
  const routes = ['tcp-route-by-port', 'tcp-route-by-section', 'tcp-route-by-section-and-port'];
  for (const route of routes) {
    t.is(conditions(parentOf(translation, `${INFRA}/${route}`))[0], 'Accepted=True Accepted');
  }
  t.deepEqual(parentOf(translation, `${INFRA}/${routes[2]}`).parentRef, {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    name: 'tcp-multi-listener-gateway',
    sectionName: 'three',
    port: 9302,
  });
  const gateway = `${INFRA}/tcp-multi-listener-gateway`;
  t.deepEqual(
    statusOf(translation, 'Gateway', gateway).listeners.map(({ attachedRoutes }) => attachedRoutes),
    [1, 1, 1],
  );
  t.deepEqual(carried(translation), [
    `${gateway}:9300 tcproute ${INFRA}/${routes[0]} → k8s:${INFRA}/tcp-echo-one:tcp 1`,
    `${gateway}:9301 tcproute ${INFRA}/${routes[1]} → k8s:${INFRA}/tcp-echo-two:tcp 1`,
    `${gateway}:9302 tcproute ${INFRA}/${routes[2]} → k8s:${INFRA}/tcp-echo-three:tcp 1`,
  ]);
  t.deepEqual(statusProblems(translation), []);
});
