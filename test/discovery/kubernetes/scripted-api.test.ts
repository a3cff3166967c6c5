import test, { type ExecutionContext } from 'ava';
import { service } from '../../helpers/kubernetes-objects.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { rbacOf } from '../../helpers/scripted-kubernetes-rights.ts';
import { tooManyRequests } from '../../helpers/scripted-kubernetes-wire.ts';

// The API that other tests rely on writes as a real one does.

const GATEWAYS = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways';
const SERVICES = '/api/v1/namespaces/shop/services';
const MERGE = 'application/merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  readonly body: any;
  readonly headers: Headers;
}

type Send = (method: string, path: string, body?: unknown, contentType?: string) => Promise<Answer>;

async function startApi(t: ExecutionContext): Promise<{ api: ScriptedKubernetes; send: Send }> {
  const api = await scriptedKubernetes();
  t.teardown(() => api.close());
  return {
    api,
    async send(method, path, body, contentType = 'application/json') {
      const response = await fetch(new URL(path, api.url), {
        method,
        headers: { 'content-type': contentType },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type') === 'application/json';
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
  };
}

const condition = (type: string, more: object = {}) => ({
  ...{ type, status: 'True', reason: type, message: '', lastTransitionTime: '2026-01-02T03:04:05Z' },
  ...more,
});
const gateway = (status?: object) => ({
  ...{
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'shop' },
  },
  ...(status === undefined ? { spec: { gatewayClassName: 'herald', listeners: [] } } : { status }),
});
const applyStatus = (send: Send, manager: string, status: object, more = '') =>
  send('PATCH', `${GATEWAYS}/edge/status?fieldManager=${manager}${more}`, gateway(status), APPLY);

test('an object is created once, read by name, replaced with its version, and deleted', async (t) => {
  const { send } = await startApi(t);
  const created = await send('POST', SERVICES, service());
  t.is(created.status, 201);
  t.is(created.body.metadata.generation, 1);
  t.is((await send('POST', SERVICES, service())).body.reason, 'AlreadyExists');
  t.deepEqual((await send('GET', `${SERVICES}/web`)).body, created.body);

  const changed = { ...created.body, spec: { ...created.body.spec, sessionAffinity: 'ClientIP' } };
  const updated = await send('PUT', `${SERVICES}/web`, changed);
  t.deepEqual([updated.status, updated.body.metadata.generation], [200, 2]);
  t.is(updated.body.metadata.uid, created.body.metadata.uid);
  t.is((await send('PUT', `${SERVICES}/web`, changed)).body.reason, 'Conflict');
  const other = { preconditions: { uid: 'another' } };
  t.is((await send('DELETE', `${SERVICES}/web`, other)).body.reason, 'Conflict');
  t.is((await send('DELETE', `${SERVICES}/web`)).status, 200);
  t.is((await send('GET', `${SERVICES}/web`)).body.reason, 'NotFound');
});

test('a merge patch of a status changes neither the generation nor the rest, and what changes nothing has no version', async (t) => {
  const { api, send } = await startApi(t);
  const version = api.put(service());
  const patch = {
    metadata: { resourceVersion: version },
    spec: { type: 'x' },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
  };
  const { status, body } = await send('PATCH', `${SERVICES}/web/status`, patch, MERGE);
  t.is(status, 200);
  t.deepEqual([body.spec.type, body.metadata.generation], ['ClusterIP', 1]);
  t.deepEqual(body.status.loadBalancer.ingress, [{ ip: '192.0.2.1', ipMode: 'VIP' }]);
  t.is((await send('PATCH', `${SERVICES}/web/status`, patch, MERGE)).body.reason, 'Conflict');

  const again = await send('PATCH', `${SERVICES}/web/status`, { status: body.status }, MERGE);
  t.is(again.body.metadata.resourceVersion, body.metadata.resourceVersion);
});

test('a server that does not know ipMode drops it, and one that does refuses it beside a hostname', async (t) => {
  const { api, send } = await startApi(t);
  api.put(service());
  const write = (ingress: object) =>
    send('PATCH', `${SERVICES}/web/status`, { status: { loadBalancer: { ingress: [ingress] } } }, MERGE);
  t.is((await write({ hostname: 'a.example', ipMode: 'Proxy' })).status, 422);
  api.dropsIpMode = true;
  const { body } = await write({ ip: '192.0.2.1', ipMode: 'Proxy' });
  t.deepEqual(body.status.loadBalancer.ingress, [{ ip: '192.0.2.1' }]);
});

test('server-side apply merges conditions by their type, and removes those that their manager no longer applies', async (t) => {
  const { api, send } = await startApi(t);
  api.put(gateway());
  await applyStatus(send, 'a', { conditions: [condition('Accepted'), condition('Programmed')] });
  await applyStatus(send, 'b', { conditions: [condition('Other')] });
  const { body } = await applyStatus(send, 'a', { conditions: [condition('Accepted')] });
  const types = body.status.conditions.map(({ type }: { type: string }) => type);
  t.deepEqual(types.sort(), ['Accepted', 'Other']);
  t.is(body.metadata.generation, 1);
});

test('server-side apply of listeners reaches their own conditions, and leaves other listeners to their manager', async (t) => {
  const { api, send } = await startApi(t);
  api.put(gateway());
  const listener = (name: string, attachedRoutes: number) => ({
    ...{ name, attachedRoutes, supportedKinds: [{ kind: 'TCPRoute' }] },
    conditions: [condition('Accepted')],
  });
  await applyStatus(send, 'a', { listeners: [listener('one', 1), listener('two', 0)] });
  const { body } = await applyStatus(send, 'a', { listeners: [listener('two', 3)] });
  t.deepEqual(body.status.listeners, [listener('two', 3)]);
});

test('server-side apply of a field that another manager owns is a conflict, unless it is forced', async (t) => {
  const { api, send } = await startApi(t);
  api.put(gateway());
  await applyStatus(send, 'a', { conditions: [condition('Accepted')] });
  const rejected = { conditions: [condition('Accepted', { status: 'False' })] };
  const refused = await applyStatus(send, 'b', rejected);
  t.deepEqual([refused.status, refused.body.details.causes[0].reason], [409, 'FieldManagerConflict']);
  const forced = await applyStatus(send, 'b', rejected, '&force=true');
  t.is(forced.body.status.conditions[0].status, 'False');
  t.is((await applyStatus(send, 'b', { conditions: [{ type: 'Accepted' }] })).status, 422);
});

test('an Event needs the namespace of its object, and gets a name from its prefix', async (t) => {
  const { send } = await startApi(t);
  const event = (namespace: string) => ({
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { generateName: 'web.' }, type: 'Warning' },
    ...{ reason: 'PortConflict', message: 'no', involvedObject: { kind: 'Service', namespace, name: 'web' } },
  });
  const { status, body } = await send('POST', '/api/v1/namespaces/shop/events', event('shop'));
  t.is(status, 201);
  t.regex(body.metadata.name, /^web\.\w+$/);
  t.is((await send('POST', '/api/v1/namespaces/shop/events', event('other'))).status, 422);
});

test('a Lease is replaced only with its version', async (t) => {
  const { send } = await startApi(t);
  const path = '/apis/coordination.k8s.io/v1/namespaces/herald/leases';
  const lease = {
    metadata: { name: 'herald-gateway' },
    spec: { holderIdentity: 'a', renewTime: '2026-01-02T03:04:05.000000Z' },
  };
  const { body } = await send('POST', path, lease);
  t.is((await send('PUT', `${path}/herald-gateway`, lease)).status, 422);
  t.is((await send('PUT', `${path}/herald-gateway`, body)).status, 200);
});

test('a kind whose definition is removed is no resource, and comes back empty', async (t) => {
  const { api, send } = await startApi(t);
  api.put(gateway());
  t.is((await send('GET', GATEWAYS)).body.items.length, 1);
  api.serve('Gateway');
  const { status, body } = await send('GET', GATEWAYS);
  t.deepEqual([status, body], [404, '404 page not found\n']);
  api.serve('Gateway', 'v1');
  t.deepEqual((await send('GET', GATEWAYS)).body.items, []);
});

test('an object of a custom kind is shown in the version that was asked for', async (t) => {
  const { api, send } = await startApi(t);
  api.put({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'TCPRoute',
    metadata: { name: 'db', namespace: 'shop' },
  });
  const { body } = await send('GET', '/apis/gateway.networking.k8s.io/v1alpha2/tcproutes');
  t.is(body.items[0].apiVersion, 'gateway.networking.k8s.io/v1alpha2');
});

test('a scripted 429 has its seconds, and the next request is answered as usual', async (t) => {
  const { api, send } = await startApi(t);
  api.answerNext('create', 'Service', tooManyRequests(7));
  const { status, headers } = await send('POST', SERVICES, service());
  t.deepEqual([status, headers.get('retry-after')], [429, '7']);
  t.is((await send('POST', SERVICES, service())).status, 201);
});

test('a rival rewrites a status as soon as it is written', async (t) => {
  const { api, send } = await startApi(t);
  api.put(gateway());
  api.rivals.set('Gateway', () => ({ conditions: [] }));
  await applyStatus(send, 'a', { conditions: [condition('Accepted')] });
  t.deepEqual(api.get('Gateway', 'edge')!.status, { conditions: [] });
});

test('every request is judged by the rights of the account, and what was refused and what was never used is known', async (t) => {
  const { api, send } = await startApi(t);
  const bound = (kind: string, namespace?: string) => ({
    kind: `${kind}Binding`,
    metadata: { name: 'herald', ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { kind, name: 'herald' },
    subjects: [{ kind: 'ServiceAccount', name: 'herald', namespace: 'herald' }],
  });
  const cluster = [{ apiGroups: [''], resources: ['services', 'services/status'], verbs: ['list', 'patch'] }];
  const own = [{ apiGroups: [''], resources: ['services'], verbs: ['create'] }];
  api.rights = rbacOf(
    [
      { kind: 'ClusterRole', metadata: { name: 'herald' }, rules: cluster },
      { kind: 'Role', metadata: { name: 'herald', namespace: 'herald' }, rules: own },
      ...[bound('ClusterRole'), bound('Role', 'herald')],
    ],
    { namespace: 'herald', name: 'herald' },
  );
  t.is((await send('GET', '/api/v1/services')).status, 200);
  t.is((await send('POST', SERVICES, service())).status, 403);
  t.is((await send('POST', '/api/v1/namespaces/herald/services', { metadata: { name: 'a' } })).status, 201);
  t.deepEqual(api.rights.refused, [
    { verb: 'create', group: '', resource: 'services', namespace: 'shop', name: '' },
  ]);
  t.deepEqual(api.rights.unused(), ['list services/status', 'patch services', 'patch services/status']);
});
