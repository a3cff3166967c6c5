import test from 'ava';
import type { Following } from '../../../src/discovery/kubernetes/cluster.ts';
import type { Slice } from '../../../src/discovery/kubernetes/slice.ts';
import {
  podEndpoint,
  podObject,
  podSlice,
  startClusterWatch,
  WATCHED,
} from '../../controller/cluster-watch-parts.ts';
import { service, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import type { ScriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';

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
