import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parseAllDocuments } from 'yaml';
import { translate } from '../../src/controller/translate/translate.ts';
import type { Translation } from '../../src/controller/translate/translation.ts';
import { readGatewayFlags } from '../config/gateway-flags.ts';
import { OPTIONS, worldOf } from './golden-world.ts';

// The objects of examples/gateway, which the README and docs/gateway.md print, as the overlay's gateway serves them.

const folder = fileURLToPath(new URL('../../../examples/gateway/', import.meta.url));

const service = (namespace: string, name: string, port: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { type: 'ClusterIP', ipFamilies: ['IPv4'], ports: [{ port, protocol: 'TCP' }] },
});

/** What a cluster makes of the file, with these Services beside it. `--default-present` is none, as in the overlay. */
function translated(file: string, beside: readonly object[] = []): Translation {
  const documents = parseAllDocuments(readFileSync(folder + file, 'utf8'));
  const written = documents.map((document) => document.toJS() as { kind: string; spec: object });
  // The API server fills this in.
  const served = written.filter(({ kind }) => kind !== 'Namespace' && kind !== 'Deployment');
  const objects = served.map((object) =>
    object.kind === 'Service' ? { ...object, spec: { ipFamilies: ['IPv4'], ...object.spec } } : object,
  );
  const { objects: cluster, place } = worldOf({
    options: { defaultPresent: 'none' },
    published: ['192.0.2.1'],
    objects: [...objects, ...beside],
  });
  return translate(cluster, place);
}

const linesOf = ({ listeners }: Translation) =>
  listeners.map(({ name, settings, to }) => [
    `${name} ${settings.present}`,
    ...to.map(({ endpoint, weight }) => `${endpoint} ${weight}`),
  ]);

test('the Service with the two lines is served with headers of version 2, and has nothing to be told', (t) => {
  const translation = translated('service.yaml');
  t.deepEqual(linesOf(translation), [['shop/web:443 v2', 'k8s:shop/web:https 1']]);
  t.deepEqual(translation.events, []);
  const [status] = translation.statuses;
  t.like(status, { of: 'Service', ingress: [{ ip: '192.0.2.1', ipMode: 'Proxy' }] });
});

test('the Service to try a gateway with is served, and has nothing to be told', (t) => {
  const translation = translated('echo.yaml');
  t.deepEqual(linesOf(translation), [['echo/echo:8080 v2', 'k8s:echo/echo:http 1']]);
  t.deepEqual(translation.events, []);
});

test('the TCPRoute of the example has its weights, and has nothing to be told', (t) => {
  const beside = [service('shop', 'db', 5432), service('shop', 'db-next', 5432)];
  const translation = translated('tcproute.yaml', beside);
  t.deepEqual(linesOf(translation), [
    ['infra/edge:5432 v2', 'k8s:shop/db:5432 90', 'k8s:shop/db-next:5432 10'],
  ]);
  t.deepEqual(translation.events, []);
});

test('each line of the ConfigMap is a listener with its own presentation', (t) => {
  const beside = [service('shop', 'db', 5432), service('cache', 'redis', 6379)];
  const translation = translated('tcp-services.yaml', beside);
  t.deepEqual(linesOf(translation), [
    ['infra/tcp-services:5432 none', 'k8s:shop/db:5432 1'],
    ['infra/tcp-services:6379 v1', 'k8s:cache/redis:6379 1'],
  ]);
  t.deepEqual(translation.events, []);
});

test('the options of the pairs of files are the defaults of the command line, but for what has none', (t) => {
  const { gateway } = readGatewayFlags({
    namespaces: 'all',
    defaultPresent: 'v2',
    publish: 'nodes',
    nodeName: 'a',
  });
  t.deepEqual(OPTIONS, gateway);
});
