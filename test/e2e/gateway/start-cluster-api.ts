import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Owner } from '../../helpers/peer-owner.ts';
import { folderFor } from '../../helpers/peer-start.ts';
import { scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { kubeconfigOf } from '../kubernetes/world.ts';
import type { ClusterApi } from './cluster-api.ts';
import { startRealApi } from './real-api.ts';

/** Longer than a leader's election and a status after it take on a busy machine. */
const PATIENCE_MS = 45_000;

export async function startClusterApi(owner: Owner): Promise<ClusterApi> {
  const given = process.env.HERALD_KUBECONFIG_TEST;
  return given === undefined ? startScriptedApi(owner) : startRealApi(owner, given);
}

async function startScriptedApi(owner: Owner): Promise<ClusterApi> {
  const scripted = await scriptedKubernetes({ over: 'h2' });
  owner.teardown(() => scripted.close());
  const kubeconfig = join(await folderFor(owner), 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf(scripted.url));
  return {
    kubeconfig,
    scripted,
    put: async (object) => void scripted.put(object),
    remove: async (kind, name, namespace) => scripted.remove(kind, name, namespace),
    get: async (kind, name, namespace) => scripted.get(kind, name, namespace),
    all: async (kind) => scripted.all(kind),
    async until(find) {
      const end = Date.now() + PATIENCE_MS;
      const alarm = setInterval(() => scripted.touch(), 1000);
      try {
        for (;;) {
          const seen = scripted.changes;
          const found = await find();
          if (found !== undefined) return found;
          if (Date.now() > end) throw new Error(`not in time: ${find}`);
          await scripted.until(() => scripted.changes !== seen || Date.now() > end);
        }
      } finally {
        clearInterval(alarm);
      }
    },
  };
}
