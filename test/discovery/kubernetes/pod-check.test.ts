import test from 'ava';
import { createKubernetesClient } from '../../../src/discovery/kubernetes/api-client.ts';
import { createPodCheck } from '../../../src/discovery/kubernetes/pod-check.ts';
import { readSlice } from '../../../src/discovery/kubernetes/slice.ts';
import { createTroubles } from '../../../src/discovery/kubernetes/watch/troubles.ts';
import { podEndpoint, podObject } from '../../controller/cluster-watch-parts.ts';
import { slice } from '../../helpers/kubernetes-objects.ts';
import { scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { memoryFiles, trustingAccess } from './watch-parts.ts';

const GRACE_MS = 5000;

test('each endpoint has 5 s until its Pod is known, and is then judged once more', async (t) => {
  const api = await scriptedKubernetes();
  api.put(podObject('web-0', '10.1.0.1'));
  const clock = turnedClock();
  const common = { clock, random: () => 0 };
  const client = createKubernetesClient(trustingAccess(api.url), { ...common, files: memoryFiles({}) });
  const troubles = createTroubles({ server: client.server, clock, say() {}, rest: () => '' });
  const changes: string[][] = [];
  const pods = createPodCheck({
    ...{ ...common, client, troubles },
    changed: (which) => void changes.push([...which].sort()),
  });
  t.teardown(async () => {
    await pods.stop();
    client.stop();
    await api.close();
  });
  pods.start();
  while (!pods.isSynced) await new Promise(setImmediate);
  t.is(pods.count, 1);
  t.deepEqual(
    api.requests.filter(({ verb }) => verb === 'list').map(({ query }) => query.get('limit')),
    ['500'],
    'in pages: a Pod may have 10 kB',
  );
  const read = readSlice(
    slice('a', [
      podEndpoint('10.1.0.1', 'web-0'),
      podEndpoint('10.1.0.2', 'web-0'),
      podEndpoint('10.1.0.3', 'web-3'),
    ]),
    { namespace: null, services: null },
  )!;
  const [own, other, unknown] = read.endpoints;
  changes.length = 0;
  t.is(pods.whyNot(read, own!), null);
  t.is(pods.whyNot(read, other!), '');
  clock.advance(GRACE_MS - 1);
  t.is(pods.whyNot(read, other!), '');
  clock.advance(1);
  t.deepEqual(changes, [['shop/web-0']]);
  t.is(pods.whyNot(read, other!), 'not an address of its Pod');
  t.is(pods.whyNot(read, unknown!), '', 'a later one has its own 5 s');
  clock.advance(GRACE_MS);
  t.deepEqual(changes, [['shop/web-0'], ['shop/web-3']]);
  t.is(pods.whyNot(read, unknown!), 'not an address of its Pod');
});
