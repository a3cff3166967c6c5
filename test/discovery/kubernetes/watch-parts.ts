import type { ExecutionContext } from 'ava';
import type { Files } from '../../../src/discovery/files.ts';
import type { KubernetesAccess } from '../../../src/discovery/kubernetes/access.ts';
import { createKubernetesClient } from '../../../src/discovery/kubernetes/api-client.ts';
import { objectOf } from '../../../src/discovery/kubernetes/json.ts';
import { createReflector } from '../../../src/discovery/kubernetes/watch/reflector.ts';
import { CERTIFICATE } from '../../helpers/certificate.ts';
import { createConditions } from '../../helpers/conditions.ts';
import { NAMESPACE, SERVICE } from '../../helpers/kubernetes-objects.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import type { Speech } from '../../helpers/scripted-kubernetes-wire.ts';
import { type TurnedClock, turnedClock } from '../../helpers/turned-clock.ts';

export const SLICES = 'EndpointSlice';
/** The first wait of the backoff, where random is 0. */
export const FIRST_MS = 800;
const SHORT_MS = 1000;
const PING_EVERY_MS = 30_000;

/** Access to the scripted API without a secret. */
export function plainAccess(url: URL, more: Partial<KubernetesAccess> = {}): KubernetesAccess {
  const none = { token: null, ca: null, certificate: null, key: null, serverName: null };
  return { url, namespace: NAMESPACE, insecure: false, ...none, ...more };
}

/** The same where it may be TLS: its certificate is trusted. */
export function trustingAccess(url: URL, more: Partial<KubernetesAccess> = {}): KubernetesAccess {
  const ca = url.protocol === 'https:' ? { text: CERTIFICATE.cert } : null;
  return plainAccess(url, { ca, ...more });
}

/** Advances the clock while every HTTP/2 ping is answered. */
export async function passTime(clock: TurnedClock, over: Speech, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10_000) {
    clock.advance(Math.min(left, 10_000));
    if (over === 'h2') await clock.until(PING_EVERY_MS);
  }
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
  more: {
    readonly over?: Speech;
    readonly access?: Partial<KubernetesAccess>;
    readonly files?: Files;
    /** The address to connect to instead of the API, such as a relay. */
    readonly through?: (url: URL, clock: TurnedClock) => Promise<URL>;
  } = {},
) {
  const { over = 'http' } = more;
  const api = await scriptedKubernetes({ over });
  prepare(api);
  const clock = turnedClock();
  const conditions = createConditions();
  const seen = { changes: 0, alive: 0, failures: [] as string[], broke: [] as string[], works: 0 };
  const files = more.files ?? memoryFiles({});
  const url = (await more.through?.(api.url, clock)) ?? api.url;
  const client = createKubernetesClient(trustingAccess(url, more.access), { clock, files, random: () => 0 });
  const watch = createReflector<string>({
    ...{ client, clock, random: () => 0 },
    path: `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`,
    selector: { labelSelector: `kubernetes.io/service-name=${SERVICE}` },
    read: (object) => {
      const { metadata, endpoints } = objectOf(object);
      const value = `${objectOf(metadata).name}:${Array.isArray(endpoints) ? endpoints.length : ''}`;
      return Array.isArray(endpoints) ? { service: SERVICE, value } : null;
    },
    listener: {
      synced: () => tell(() => seen.changes++),
      changed: () => tell(() => seen.changes++),
      alive: () => tell(() => seen.alive++),
      failed: ({ code }) => tell(() => seen.failures.push(code)),
      broke: ({ code }) => tell(() => seen.broke.push(code)),
      works: () => tell(() => seen.works++),
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
  const values = () => [...watch.of(SERVICE)].sort();
  return {
    ...{ api, client, clock, over, seen, watch, values },
    until: conditions.until,
    pass: (ms: number) => passTime(clock, over, ms),
    /** Resolves once the server has accepted this many watches in total and the last one is open. */
    async watching(times: number) {
      await api.watched(SLICES, times);
      await clock.until(SHORT_MS);
    },
    /** Ends the wait before the next attempt. */
    async retry(ms: number) {
      await clock.until(ms);
      clock.advance(ms);
    },
    /** The running timers, without those of HTTP/2 pings. */
    waiting: () => clock.waiting.filter((ms) => over !== 'h2' || ms !== PING_EVERY_MS),
    /** Resolves once exactly these values are known. */
    holds: (...expected: string[]) => conditions.until(() => `${values()}` === `${expected}`),
    /** The requests, as `verb version`. */
    asked: () => api.requests.map(({ verb, query }) => `${verb} ${query.get('resourceVersion') ?? 'newest'}`),
  };
}
