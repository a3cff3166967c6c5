import type { ExecutionContext } from 'ava';
import type { Files } from '../../../src/discovery/files.ts';
import type { KubernetesAccess } from '../../../src/discovery/kubernetes/access.ts';
import { createKubernetesClient } from '../../../src/discovery/kubernetes/client.ts';
import { objectOf } from '../../../src/discovery/kubernetes/json.ts';
import { createResourceWatch } from '../../../src/discovery/kubernetes/resource-watch.ts';
import { createConditions } from '../../helpers/conditions.ts';
import { NAMESPACE, SERVICE } from '../../helpers/kubernetes-objects.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';

export const SLICES = 'EndpointSlice';
/** The first wait of the backoff, where random is 0. */
export const FIRST_MS = 800;

/** Access to the scripted API without a secret. */
export function plainAccess(url: URL, more: Partial<KubernetesAccess> = {}): KubernetesAccess {
  const none = { token: null, ca: null, certificate: null, key: null, serverName: null };
  return { url, namespace: NAMESPACE, insecure: false, ...none, ...more };
}

/** Files in memory: a change of one changes its time. */
export function memoryFiles(texts: { [path: string]: string | undefined }): Files {
  const seen = new Map<string, { text: string | undefined; at: number }>();
  return {
    read: (path) => texts[path],
    modifiedMs(path) {
      const text = texts[path];
      const before = seen.get(path);
      if (before?.text !== text) seen.set(path, { text, at: (before?.at ?? 0) + 1 });
      return text === undefined ? undefined : seen.get(path)?.at;
    },
  };
}

/** A watch of the slices of `shop/web` against a scripted API; everything is closed when the test ends. */
export async function startWatch(
  t: ExecutionContext,
  prepare: (api: ScriptedKubernetes) => void = () => {},
  more: { readonly access?: Partial<KubernetesAccess>; readonly files?: Files } = {},
) {
  const api = await scriptedKubernetes();
  prepare(api);
  const clock = turnedClock();
  const conditions = createConditions();
  const seen = { changes: 0, alive: 0, failures: [] as string[] };
  const files = more.files ?? memoryFiles({});
  const client = createKubernetesClient(plainAccess(api.url, more.access), { clock, files });
  const watch = createResourceWatch<string>({
    ...{ client, clock, random: () => 0 },
    path: `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`,
    selector: { labelSelector: `kubernetes.io/service-name=${SERVICE}` },
    read: (object) => {
      const { metadata, endpoints } = objectOf(object);
      return Array.isArray(endpoints) ? `${objectOf(metadata).name}:${endpoints.length}` : null;
    },
    listener: {
      changed: () => tell(() => seen.changes++),
      alive: () => tell(() => seen.alive++),
      failed: ({ code }) => tell(() => seen.failures.push(code)),
    },
  });
  function tell(note: () => void): void {
    note();
    conditions.touch();
  }
  t.teardown(async () => {
    await watch.stop();
    client.stop();
    await api.close();
  });
  watch.start();
  const values = () => [...watch.values()].sort();
  return {
    ...{ api, clock, seen, watch, values },
    until: conditions.until,
    /** Resolves once exactly these are known. */
    holds: (...expected: string[]) => conditions.until(() => `${values()}` === `${expected}`),
    /** What was asked for, as `verb version`. */
    asked: () => api.requests.map(({ verb, query }) => `${verb} ${query.get('resourceVersion') ?? 'newest'}`),
  };
}
