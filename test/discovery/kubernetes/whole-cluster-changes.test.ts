import test from 'ava';
import { readServiceObject } from '../../../src/controller/objects/read-service.ts';
import { createKubernetesClient } from '../../../src/discovery/kubernetes/api-client.ts';
import type { Following } from '../../../src/discovery/kubernetes/cluster.ts';
import type { Slice } from '../../../src/discovery/kubernetes/slice.ts';
import { createTroubles } from '../../../src/discovery/kubernetes/watch/troubles.ts';
import { createWholeCluster } from '../../../src/discovery/kubernetes/whole-cluster.ts';
import {
  nodeObject,
  podEndpoint,
  podObject,
  podSlice,
  startClusterWatch,
  textsOf,
  WATCHED,
} from '../../controller/cluster-watch-parts.ts';
import { service, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { memoryFiles, trustingAccess } from './watch-parts.ts';

// When something of the whole cluster is known, when it has changed, and who is told.

const CHANGED_MS = 50;
const FIRST_MS = 800;
const slicesOf = ({ slices }: Following): readonly Slice[] => [...(slices ?? [])];
const WEB = { namespace: 'shop', service: 'web' };

for (const [kind, options] of [
  ['EndpointSlice', {}],
  ['Service', {}],
  ['Pod', { checkPods: true }],
] as const) {
  test(`G3: what is listed last is said, whichever kind it is: ${kind}`, async (t) => {
    const started = await startClusterWatch(
      t,
      (api) => {
        api.put(service());
        api.put(podSlice('10.1.0.1'));
        api.put(podObject('web-0', '10.1.0.1'));
        api.answerNext('list', kind, { status: 503 });
      },
      options,
    );
    const { api, watch, clock, until } = started;
    const kinds = 'checkPods' in options ? [...WATCHED, 'Pod'] : WATCHED;
    await until(() => kinds.every((each) => each === kind || api.openWatches(each) === 1));
    const following = watch.cluster.follow(WEB, { changed() {}, failed() {} });
    // What is listed last may have nothing of the one, and nothing has anything of the other.
    const sources = [started.source(), started.source({ service: 'absent' })];
    t.deepEqual(
      [slicesOf(following).length, following.slices === null, following.service.is],
      kind === 'Service' ? [1, false, 'unknown'] : [0, true, 'known'],
    );
    t.deepEqual([watch.isSynced, started.changes], [false, 0]);
    await clock.until(FIRST_MS);
    clock.advance(FIRST_MS);
    await until(() => watch.isSynced);
    t.is(started.changes, 1);
    t.is(slicesOf(following).length, 1);
    t.like(following.service, { is: 'known' });
    clock.advance(CHANGED_MS);
    await until(() => sources.every(({ state }) => state.synced));
    t.deepEqual(sources.map(textsOf), ['10.1.0.1:8080', '']);
  });
}

for (const kind of ['EndpointSlice', 'Service', 'Pod'] as const) {
  test(`who follows a Service before the last list is told of it, whether it exists or not: ${kind}`, async (t) => {
    const { watch, clock, until } = await startClusterWatch(
      t,
      (api) => {
        api.put(service());
        api.put(podSlice('10.1.0.1'));
        api.answerNext('list', kind, { status: 503 });
      },
      { checkPods: true },
    );
    const told = new Set<string>();
    for (const name of ['web', 'empty']) {
      const which = { namespace: 'shop', service: name };
      const following = watch.cluster.follow(which, {
        changed: () => {
          if (following.slices !== null && following.service.is === 'known') told.add(name);
        },
        failed() {},
      });
    }
    await clock.until(FIRST_MS);
    clock.advance(FIRST_MS);
    await until(() => watch.isSynced);
    t.deepEqual([...told].sort(), ['empty', 'web']);
  });
}

async function startShop(
  t: Parameters<typeof startClusterWatch>[0],
  prepare: (api: ScriptedKubernetes) => void,
) {
  const started = await startClusterWatch(t, prepare);
  await started.synced();
  await started.working();
  started.clock.advance(CHANGED_MS);
  return Object.assign(started, { ready: (name: string) => started.watch.objects.readyNodes(name) });
}

const onNode = (address: string, nodeName: string) => podEndpoint(address, `pod-${address}`, { nodeName });

test('another endpoint on the same node is told to followers, and is no change of where the Service is', async (t) => {
  const started = await startShop(t, (api) => {
    api.put(service());
    api.put(slice('a', [onNode('10.1.0.1', 'n1')]));
  });
  const { api, watch, until, ready } = started;
  let told = 0;
  watch.cluster.follow(WEB, { changed: () => void told++, failed() {} });
  t.deepEqual([...ready('shop/web').v4], ['n1']);
  const before = started.changes;
  api.put(slice('a', [onNode('10.1.0.2', 'n1')]));
  await until(() => told === 1);
  t.is(started.changes, before);
  api.put(slice('a', [onNode('10.1.0.2', 'n2')]));
  await until(() => told === 2);
  t.is(started.changes, before + 1);
});

test('a Service that is gone is nowhere, although its slices are left, and a new one of its name is where they are', async (t) => {
  const { api, watch, until, ready } = await startShop(t, (api) => {
    api.put(service());
    api.put(slice('a', [onNode('10.1.0.1', 'n1')]));
  });
  t.true(ready('shop/web').anywhere);
  api.remove('Service', 'web');
  await until(() => watch.objects.services.size === 0);
  t.false(ready('shop/web').anywhere);
  t.is(watch.cluster.sliceCount, 1);
  api.put(service());
  await until(() => watch.objects.services.size === 1);
  t.true(ready('shop/web').anywhere);
});

test('slices are the same objects until they change, also without the endpoints that are refused', async (t) => {
  const { watch } = await startShop(t, (api) => {
    api.put(service());
    api.put(slice('a', [onNode('10.1.0.1', 'n1'), sliceEndpoint('10.1.0.9')]));
    api.put(slice('b', [onNode('10.1.0.2', 'n1')]));
  });
  const following = watch.cluster.follow(WEB, { changed() {}, failed() {} });
  const [before, after] = [slicesOf(following), slicesOf(following)];
  t.deepEqual(
    before.map(({ endpoints }) => endpoints.length),
    [1, 1],
  );
  t.true(before.every((each, at) => each === after[at]));
});

test('a watch that breaks is counted for whoever follows, and what is received is the time of the last event', async (t) => {
  const { api, watch, clock, until } = await startShop(t, (api) => {
    api.put(service());
    api.put(podSlice('10.1.0.1'));
  });
  const failures: string[] = [];
  const following = watch.cluster.follow(WEB, { changed() {}, failed: (code) => void failures.push(code) });
  api.breakWatches();
  await until(() => failures.length === 2);
  t.deepEqual(failures, ['reset', 'reset'], 'of Services and of slices');
  await until(() => WATCHED.every((kind) => api.openWatches(kind) === 1));
  clock.advance(5000);
  api.bookmark();
  await until(() => following.lastEventAt === clock.date() / 1000);
  await following.stop();
  api.breakWatches();
  await until(() => WATCHED.every((kind) => api.openWatches(kind) === 1));
  t.is(failures.length, 2, 'nobody follows any more');
});

for (const kind of WATCHED) {
  test(`G3: when the last kind is listed, that is said once: ${kind}`, async (t) => {
    const started = await startClusterWatch(t, (api) => api.answerNext('list', kind, { status: 503 }));
    const { api, watch, clock, until } = started;
    await until(() => WATCHED.every((each) => each === kind || api.openWatches(each) === 1));
    t.deepEqual([watch.isSynced, started.changes], [false, 0]);
    await clock.until(FIRST_MS);
    clock.advance(FIRST_MS);
    await until(() => api.openWatches(kind) === 1);
    t.deepEqual([watch.isSynced, started.changes], [true, 1]);
  });
}

test('G11: the external addresses of nodes are no endpoints either', async (t) => {
  const { watch } = await startShop(t, (api) => {
    const node = nodeObject('n1', '10.9.0.1');
    const addresses = [
      { type: 'InternalIP', address: '10.9.0.1' },
      { type: 'ExternalIP', address: '198.51.100.7' },
    ];
    api.put({ ...node, status: { addresses } });
    api.put(service());
    api.put(podSlice('10.1.0.1', '198.51.100.7', '10.9.0.1'));
  });
  const following = watch.cluster.follow(WEB, { changed() {}, failed() {} });
  t.deepEqual(
    slicesOf(following).map(({ endpoints }) => endpoints.map(({ ipText }) => ipText)),
    [['10.1.0.1']],
  );
});

test('G11: the address at which Herald meets the API server is no endpoint', async (t) => {
  const api = await scriptedKubernetes();
  api.put(service());
  api.put(podSlice('10.1.0.1', '10.1.0.2'));
  const clock = turnedClock();
  const common = { clock, random: () => 0 };
  const client = createKubernetesClient(trustingAccess(api.url), { ...common, files: memoryFiles({}) });
  const cluster = createWholeCluster({
    ...{ ...common, client: { ...client, server: 'https://10.1.0.2:6443' }, readService: readServiceObject },
    troubles: createTroubles({ server: client.server, clock, say() {}, rest: () => '' }),
    ...{ cidrs: null, checkPods: false, changed() {} },
  });
  t.teardown(async () => {
    await cluster.stop();
    client.stop();
    await api.close();
  });
  cluster.start();
  while (!cluster.isSynced) await new Promise(setImmediate);
  const following = cluster.follow(WEB, { changed() {}, failed() {} });
  t.deepEqual(
    slicesOf(following).map(({ endpoints }) => endpoints.map(({ ipText }) => ipText)),
    [['10.1.0.1']],
  );
});
