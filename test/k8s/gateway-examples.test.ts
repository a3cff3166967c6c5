import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { z } from 'zod';
import { ANNOTATIONS } from '../../src/config/annotation-names.ts';
import { GATEWAY_OPTIONS } from '../../src/config/gateway-table.ts';
import { LISTENER_OPTIONS } from '../../src/config/listener-options.ts';
import { flagOf } from '../../src/config/option.ts';
import { identityOf, type Manifest, parseManifests } from './kustomize.ts';
import { K8S } from './overlays.ts';

// The objects of examples/gateway: fields of the API, and values that a gateway serves with the defaults of its options.

const VERSION: string = JSON.parse(readFileSync(join(K8S, '../package.json'), 'utf8')).version;
const FOLDER = join(K8S, '../examples/gateway');
const FILES = readdirSync(FOLDER).map((name) => ({
  name,
  objects: parseManifests(readFileSync(join(FOLDER, name), 'utf8')),
}));

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const port = z.int().min(1).max(65_535);
const version = { apiVersion: z.string(), kind: z.string() };
const metadata = z.strictObject({
  name,
  namespace: name,
  annotations: z.record(z.string(), z.string()).optional(),
});

const SCHEMAS: { readonly [kind: string]: z.ZodType } = {
  'v1 Service': z.strictObject({
    ...version,
    metadata,
    spec: z.strictObject({
      type: z.literal('LoadBalancer'),
      loadBalancerClass: z.literal(GATEWAY_OPTIONS.class.usual),
      selector: z.record(z.string(), z.string()),
      ports: z.array(z.strictObject({ name, port, targetPort: port })).min(1),
    }),
  }),
  'v1 Namespace': z.strictObject({ ...version, metadata: z.strictObject({ name }) }),
  // test/k8s/schema.test.ts has the fields of pods.
  'apps/v1 Deployment': z.strictObject({
    ...version,
    metadata,
    spec: z.strictObject({
      replicas: z.int().min(1),
      selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
      template: z.strictObject({ metadata: z.looseObject({}), spec: z.looseObject({}) }),
    }),
  }),
  'gateway.networking.k8s.io/v1 GatewayClass': z.strictObject({
    ...version,
    metadata: z.strictObject({ name }),
    spec: z.strictObject({ controllerName: z.literal(`${GATEWAY_OPTIONS.prefix.usual}gateway`) }),
  }),
  'gateway.networking.k8s.io/v1 Gateway': z.strictObject({
    ...version,
    metadata,
    spec: z.strictObject({
      gatewayClassName: name,
      listeners: z
        .array(
          z.strictObject({
            name,
            protocol: z.literal('TCP'),
            port,
            allowedRoutes: z.strictObject({ namespaces: z.strictObject({ from: z.literal('All') }) }),
          }),
        )
        .min(1),
    }),
  }),
  'gateway.networking.k8s.io/v1 TCPRoute': z.strictObject({
    ...version,
    metadata,
    spec: z.strictObject({
      parentRefs: z.array(z.strictObject({ name, namespace: name, sectionName: name })).length(1),
      rules: z
        .array(
          z.strictObject({
            backendRefs: z
              .array(z.strictObject({ name, port, weight: z.int().min(0).max(1_000_000).optional() }))
              .min(1)
              .max(16),
          }),
        )
        .length(1),
    }),
  }),
};

const specOf = <T>(object: Manifest) => object.spec as unknown as T;

for (const { name: file, objects } of FILES) {
  test(`${file}: its objects have the fields of their kinds`, (t) => {
    t.true(objects.length > 0);
    for (const object of objects) {
      const { error } = SCHEMAS[`${object.apiVersion} ${object.kind}`]!.safeParse(object);
      t.is(error && z.prettifyError(error), undefined, identityOf(object));
    }
  });

  test(`${file}: its annotations are ones that count, with values that their flags have`, (t) => {
    const written = objects.flatMap(({ metadata }) =>
      Object.entries((metadata.annotations ?? {}) as { [name: string]: string }),
    );
    t.true(written.length > 0);
    for (const [full, value] of written) {
      const short = ANNOTATIONS.find((each) => `${GATEWAY_OPTIONS.prefix.usual}${each}` === full);
      const key = Object.keys(LISTENER_OPTIONS).find((each) => flagOf(each) === `--${short}`);
      t.truthy(key, full);
      t.true('value' in LISTENER_OPTIONS[key as 'present'].type.parse([value]), `${full}: ${value}`);
    }
  });

  test(`${file}: its ports are ones that a gateway opens, each once`, (t) => {
    const parsed = GATEWAY_OPTIONS.ports.type.parse([GATEWAY_OPTIONS.ports.usual]);
    const spans = 'value' in parsed ? parsed.value : [];
    const claimed = objects.flatMap((object) => {
      if (object.kind === 'Service') return specOf<{ ports: { port: number }[] }>(object).ports;
      return object.kind === 'Gateway' ? specOf<{ listeners: { port: number }[] }>(object).listeners : [];
    });
    const ports = claimed.map(({ port: number }) => number);
    t.true(ports.length > 0);
    t.is(new Set(ports).size, ports.length);
    for (const number of ports) t.true(spans.some(({ first, last }) => first <= number && number <= last));
  });

  test(`${file}: every route attaches to a listener of its file`, (t) => {
    const listeners = objects
      .filter(({ kind }) => kind === 'Gateway')
      .flatMap((gateway) =>
        specOf<{ listeners: { name: string }[] }>(gateway).listeners.map(
          (listener) => `${gateway.metadata.namespace}/${gateway.metadata.name} ${listener.name}`,
        ),
      );
    const attached = objects
      .filter(({ kind }) => kind === 'TCPRoute')
      .flatMap((route) =>
        specOf<{ parentRefs: { namespace: string; name: string; sectionName: string }[] }>(
          route,
        ).parentRefs.map((parent) => `${parent.namespace}/${parent.name} ${parent.sectionName}`),
      );
    t.deepEqual(attached.sort(), listeners.sort());
  });
}

test('echo.yaml: its pods run this version, have the labels that the Service selects, and listen where it leads', (t) => {
  const { objects } = FILES.find(({ name: file }) => file === 'echo.yaml')!;
  const find = (kind: string) => objects.find((object) => object.kind === kind)!;
  const { template } = specOf<{
    template: {
      metadata: { labels: object };
      spec: { containers: { image: string; args: string[] }[] };
    };
  }>(find('Deployment'));
  const { selector, ports } = specOf<{ selector: object; ports: { targetPort: number }[] }>(find('Service'));
  const [container] = template.spec.containers;
  t.deepEqual(template.metadata.labels, selector);
  t.is(container!.image, `herald:${VERSION}`);
  t.deepEqual(container!.args, ['echo', `--listen=:${ports[0]!.targetPort}`]);
});
