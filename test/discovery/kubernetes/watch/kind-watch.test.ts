import test from 'ava';
import { createKubernetesClient } from '../../../../src/discovery/kubernetes/api-client.ts';
import { createKindWatch } from '../../../../src/discovery/kubernetes/watch/kind-watch.ts';
import type { Troubles } from '../../../../src/discovery/kubernetes/watch/troubles.ts';
import { scriptedKubernetes } from '../../../helpers/scripted-kubernetes.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';
import { memoryFiles, trustingAccess } from '../watch-parts.ts';

test('a watch that has stopped is no trouble any more, and makes none', async (t) => {
  const api = await scriptedKubernetes();
  api.forbidden.add('Node');
  const clock = turnedClock();
  const parts = { clock, random: () => 0 };
  const client = createKubernetesClient(trustingAccess(api.url), { ...parts, files: memoryFiles({}) });
  const told: string[] = [];
  const failures: string[] = [];
  const troubles: Troubles = {
    ...{ failed: (_, { code }) => told.push(code), over: () => told.push('over') },
    ...{ gone: () => told.push('gone'), readable() {}, allowed() {}, absent() {}, stop() {} },
  };
  const watch = createKindWatch<string>({
    ...{ ...parts, client, troubles, kind: 'node', path: '/api/v1/nodes', changed() {}, read: () => null },
    failed: ({ code }) => void failures.push(code),
  });
  t.teardown(async () => {
    client.stop();
    await api.close();
  });
  watch.start();
  await clock.until(800);
  t.deepEqual([told, failures], [['forbidden'], ['forbidden']]);
  await watch.stop();
  t.deepEqual(told, ['forbidden', 'gone']);
});
