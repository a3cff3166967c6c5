import test from 'ava';
import { service, slice } from '../helpers/kubernetes-objects.ts';
import type { ScriptedKubernetes } from '../helpers/scripted-kubernetes.ts';
import {
  gatewayObject,
  nodeObject,
  podObject,
  podSlice,
  startClusterWatch,
  textsOf,
  WATCHED,
} from './cluster-watch-parts.ts';

const CHANGED_MS = 50;
const MINUTE_MS = 60_000;
const GATEWAY_KINDS = ['GatewayClass', 'Gateway', 'TCPRoute', 'ReferenceGrant'];

test('G9: one connection carries one watch for each kind, however many Services are followed', async (t) => {
  const { api, watch, synced, working, source, until } = await startClusterWatch(t, (api) => {
    api.put(service());
    api.put(podSlice('10.0.0.1'));
  });
  await synced();
  const sources = Array.from({ length: 50 }, (_, n) => source({ service: n === 0 ? 'web' : `web-${n}` }));
  await working();
  t.deepEqual(
    WATCHED.map((kind) => api.openWatches(kind)),
    WATCHED.map(() => 1),
  );
  t.is(api.mostConnections(), 1);
  const asked = api.requests.length;
  await until(() => sources.every(({ state }) => state.synced));
  t.is(textsOf(sources[0]!), '10.0.0.1:8080');
  t.is(api.requests.length, asked, 'a source asks for nothing');
  t.is(watch.counts.service, 1);
});

test('G3: nothing is said until every kind is listed, and then once', async (t) => {
  const started = await startClusterWatch(t, (api) => {
    api.put(service());
    api.answerNext('list', 'Node', { status: 503 });
  });
  const { api, watch, clock, until, synced } = started;
  await until(() => WATCHED.every((kind) => kind === 'Node' || api.openWatches(kind) === 1));
  t.false(watch.isSynced);
  t.is(started.changes, 0);
  await clock.until(800);
  clock.advance(800);
  await synced();
  t.is(started.changes, 1);
});

test('G3: kinds that are not installed are empty, and one line says which; what is installed later is found within a minute', async (t) => {
  const prepare = (api: ScriptedKubernetes) => {
    for (const kind of GATEWAY_KINDS) api.serve(kind);
  };
  const started = await startClusterWatch(t, prepare, { over: 'http' });
  const { api, watch, clock, synced, until, remarks } = started;
  await synced();
  t.is(watch.objects.gateways.size, 0);
  await clock.until(3000);
  clock.advance(3000);
  t.deepEqual(
    remarks.map(({ level, code }) => `${level} ${code}`),
    ['info kind_absent'],
  );
  t.regex(remarks[0]!.message, /GatewayClasses, Gateways, ReferenceGrants, TCPRoutes/);
  for (const kind of GATEWAY_KINDS) api.serve(kind, 'v1');
  api.put(gatewayObject('Gateway', 'edge'));
  await clock.until(MINUTE_MS, GATEWAY_KINDS.length);
  clock.advance(MINUTE_MS);
  await until(() => watch.objects.gateways.size === 1);
  await until(() => GATEWAY_KINDS.every((kind) => api.openWatches(kind) === 1));
  await clock.until(3000);
  clock.advance(3000);
  t.deepEqual(
    remarks.map(({ code }) => code),
    ['kind_absent', 'kind_found'],
  );
});

test('G3: a kind that was removed is empty, and one that the API cannot read now is not', async (t) => {
  const started = await startClusterWatch(t, (api) => {
    api.put(gatewayObject('Gateway', 'edge'));
    api.put(gatewayObject('TCPRoute', 'db'));
    api.put(service());
  });
  const { api, watch, synced, until, working, clock, codes } = started;
  await synced();
  await working();
  await api.close();
  await until(() => codes().length > 0);
  t.deepEqual(
    [watch.objects.gateways.size, watch.objects.tcpRoutes.size, watch.objects.services.size],
    [1, 1, 1],
  );
  t.true(watch.isSynced);
  await api.open();
  clock.advance(800);
  await working();
  api.serve('TCPRoute');
  await until(() => watch.objects.tcpRoutes.size === 0);
  t.is(watch.objects.gateways.size, 1);
  t.true(watch.isSynced);
});

test('TCPRoutes and ReferenceGrants are read in the version that the API has', async (t) => {
  const { watch, synced } = await startClusterWatch(t, (api) => {
    api.serve('TCPRoute', 'v1alpha2');
    api.serve('ReferenceGrant', 'v1beta1');
    api.put(gatewayObject('TCPRoute', 'db'));
    api.put(gatewayObject('ReferenceGrant', 'db'));
  });
  await synced();
  t.is(watch.objects.tcpRoutes.get('shop/db')?.apiVersion, 'v1alpha2');
  t.is(watch.objects.tcpRouteVersion, 'v1alpha2');
  t.true(watch.objects.grants.has('shop/db'));
});

test('that the API has TCPRoutes by now is a change, also while there is none', async (t) => {
  const started = await startClusterWatch(t, (api) => api.serve('TCPRoute'));
  const { api, watch, clock, synced, until } = started;
  await synced();
  t.is(watch.objects.tcpRouteVersion, null);
  api.serve('TCPRoute', 'v1');
  await clock.until(MINUTE_MS);
  const { changes } = started;
  clock.advance(MINUTE_MS);
  await until(() => api.openWatches('TCPRoute') === 1);
  clock.advance(CHANGED_MS);
  t.true(started.changes > changes);
  t.is(watch.objects.tcpRouteVersion, 'v1');
});

test('an object is in the objects when its event is there, and is the same until it changes', async (t) => {
  const started = await startClusterWatch(t, (api) => {
    api.put(service());
    api.put(service({}, 'api'));
    api.put(nodeObject('n1', '192.168.0.1'));
  });
  const { api, watch, synced, until, working, clock } = started;
  const { services, nodes } = watch.objects;
  await synced();
  await working();
  clock.advance(CHANGED_MS);
  const [web, other, node] = [services.get('shop/web'), services.get('shop/api'), nodes.get('n1')];
  const before = started.changes;
  api.put(service({ type: 'LoadBalancer' }));
  await until(() => services.get('shop/web') !== web);
  t.is(services.get('shop/web')?.type, 'LoadBalancer');
  t.is(services.get('shop/api'), other);
  t.is(nodes.get('n1'), node);
  t.is(started.changes, before + 1, 'it is said at once');
  for (let n = 0; n < 20; n++) api.put(service({ externalIPs: [`${n}`] }));
  const last = api.get('Service', 'web')?.metadata.resourceVersion;
  await until(() => services.get('shop/web')?.version === last);
  t.is(started.changes, before + 1);
  clock.advance(CHANGED_MS);
  t.is(started.changes, before + 2, 'what comes at once is said together');
  t.deepEqual(watch.counts, {
    ...{ service: 2, slices: 0, pod: 0, namespace: 0, node: 1, lease: 0 },
    ...{ gateway_class: 0, gateway: 0, tcp_route: 0, grant: 0 },
  });
});

test('readyNodes says where a Service has ready endpoints, and a change of that is a change', async (t) => {
  const endpoint = (address: string, nodeName: string | undefined, ready = true) => ({
    ...{ addresses: [address], conditions: { ready }, nodeName },
    targetRef: { kind: 'Pod', name: `pod-${address}`, namespace: 'shop' },
  });
  const started = await startClusterWatch(t, (api) => {
    api.put(service());
    api.put(slice('a', [endpoint('10.0.0.1', 'n1'), endpoint('10.0.0.2', 'n2', false)]));
  });
  const { api, watch, synced, until, working, clock } = started;
  await synced();
  await working();
  const { objects } = watch;
  const first = objects.readyNodes('shop/web');
  t.deepEqual(first, { anywhere: true, v4: new Set(['n1']), v6: new Set() });
  t.is(objects.readyNodes('shop/web'), first);
  t.deepEqual(objects.readyNodes('shop/none'), { anywhere: false, v4: new Set(), v6: new Set() });
  clock.advance(CHANGED_MS);
  const before = started.changes;
  api.put(slice('a', [endpoint('10.0.0.3', 'n1')]));
  api.put(slice('b', [endpoint('fd00::1', 'n3'), endpoint('fd00::2', undefined)], { addressType: 'IPv6' }));
  await until(() => objects.readyNodes('shop/web').v6.has('n3'));
  t.deepEqual(objects.readyNodes('shop/web'), { anywhere: true, v4: new Set(['n1']), v6: new Set(['n3']) });
  t.is(started.changes, before + 1, 'the same node with another endpoint is no change');
});

test('an outage of the API is one line for all watches, and one when it is over', async (t) => {
  const { api, synced, until, working, clock, codes, remarks } = await startClusterWatch(t, (api) => {
    api.put(service());
  });
  await synced();
  await working();
  await api.close();
  await until(() => codes().length > 0);
  for (const ms of [800, 1600, 3200]) {
    await clock.until(ms);
    clock.advance(ms);
  }
  t.is(codes().length, 1);
  t.regex(remarks[0]!.message, /keeping what was last known/);
  await clock.until(6400);
  await api.open();
  clock.advance(6400);
  await working();
  t.deepEqual(codes().slice(1), ['api_back']);
});

test('a kind that the account must not read is named, and nothing is opened without it', async (t) => {
  const { api, watch, until, clock, remarks } = await startClusterWatch(t, (api) => {
    api.forbidden.add('Gateway');
  });
  await until(() => WATCHED.every((kind) => kind === 'Gateway' || api.openWatches(kind) === 1));
  await clock.until(3000);
  clock.advance(3000);
  t.is(remarks[0]?.code, 'gateway_forbidden');
  t.regex(remarks[0]!.message, /the Gateways of the cluster cannot be read .*nothing is opened before/);
  t.false(watch.isSynced);
});

test('Pods are watched with --check-pods only', async (t) => {
  const prepare = (api: ScriptedKubernetes) => void api.put(podObject('web-0', '10.0.0.1'));
  const without = await startClusterWatch(t, prepare);
  await without.synced();
  t.false(without.api.requests.some(({ kind }) => kind === 'Pod'));
  const checked = await startClusterWatch(t, prepare, { checkPods: true });
  await checked.synced();
  t.is(checked.watch.counts.pod, 1);
});

test('G9: of annotations only those of the gateway are kept, however long the others are', async (t) => {
  const copy = { 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(200_000) };
  const { watch, synced } = await startClusterWatch(t, (api) => {
    const { metadata, ...rest } = service();
    api.put({ ...rest, metadata: { ...metadata, annotations: { ...copy, 'herald/present': 'v2' } } });
    api.put({
      ...gatewayObject('Gateway', 'edge'),
      metadata: { name: 'edge', namespace: 'shop', annotations: copy },
    });
  });
  await synced();
  t.deepEqual(watch.objects.services.get('shop/web')!.annotations, { 'herald/present': 'v2' });
  t.deepEqual([...watch.objects.gateways.values()][0]!.annotations, {});
});
