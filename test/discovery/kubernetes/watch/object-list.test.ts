import test, { type ExecutionContext } from 'ava';
import { createKubernetesClient } from '../../../../src/discovery/kubernetes/api-client.ts';
import { objectOf } from '../../../../src/discovery/kubernetes/json.ts';
import { createReflector } from '../../../../src/discovery/kubernetes/watch/reflector.ts';
import { createConditions } from '../../../helpers/conditions.ts';
import { type ApiObject, NAMESPACE } from '../../../helpers/kubernetes-objects.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../../../helpers/scripted-kubernetes.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';
import { memoryFiles, trustingAccess } from '../watch-parts.ts';

// TCPRoutes: a kind that is not in every cluster, with two versions.

const ROUTE = 'TCPRoute';
const MINUTE_MS = 60_000;
const CONFIRM_MS = 3000;
const SHORT_MS = 1000;
const NOT_FOUND = { status: 404, body: '404 page not found\n' };

const route = (name: string): ApiObject => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: ROUTE, spec: {} },
  metadata: { name, namespace: NAMESPACE, uid: `uid-${name}` },
});

async function startKind(
  t: ExecutionContext,
  prepare: (api: ScriptedKubernetes) => void,
  more: { readonly pageSize?: number } = {},
) {
  const api = await scriptedKubernetes();
  prepare(api);
  const clock = turnedClock();
  const conditions = createConditions();
  const seen = { synced: 0, failures: [] as string[], absent: [] as boolean[] };
  const client = createKubernetesClient(trustingAccess(api.url), {
    ...{ clock, files: memoryFiles({}), random: () => 0 },
  });
  const kind = createReflector<string>({
    ...{ client, clock, random: () => 0, selector: {}, mayBeAbsent: true, ...more },
    path: ['v1', 'v1alpha2'].map((version) => `/apis/gateway.networking.k8s.io/${version}/tcproutes`),
    read: (object) => {
      const { metadata } = object as ApiObject;
      return { service: metadata.name, value: `${metadata.name}@${metadata.resourceVersion}` };
    },
    listener: {
      synced: () => tell(() => seen.synced++),
      changed: () => tell(() => {}),
      alive: () => tell(() => {}),
      failed: ({ code }) => tell(() => seen.failures.push(code)),
      broke: () => tell(() => {}),
      works: () => tell(() => {}),
      absent: (isAbsent) => tell(() => seen.absent.push(isAbsent)),
    },
  });
  function tell(note: () => void): void {
    note();
    conditions.touch();
  }
  kind.start();
  t.teardown(async () => {
    await kind.stop();
    client.stop();
    await api.close();
  });
  return {
    ...{ api, clock, kind, seen, until: conditions.until },
    /** Ends the watch after it has worked. */
    async endWatch() {
      await clock.until(SHORT_MS);
      clock.advance(SHORT_MS);
      api.endWatches();
    },
    names: () => [...kind.values.keys()].sort().join(' '),
    absent: () => conditions.until(() => seen.absent.at(-1) === true),
    /** The lists of the kind, by version of the API, and the control that the API is there. */
    lists: () =>
      api.requests
        .filter(({ verb }) => verb === 'list')
        .map(({ path, query }) =>
          path.includes('/apis/') ? path.split('/')[3] : `control ${query.get('limit')}`,
        ),
  };
}

const refuse = (api: ScriptedKubernetes, lists: number) => {
  for (let n = 0; n < lists; n++) api.answerNext('list', ROUTE, NOT_FOUND);
};

test('G3: a kind that no version of the API has is empty and synced, and is looked for again every minute', async (t) => {
  const { api, clock, kind, seen, names, lists, absent, until } = await startKind(t, (api) => refuse(api, 4));
  await absent();
  t.true(kind.synced);
  t.is(seen.synced, 1);
  t.deepEqual(lists(), ['v1', 'v1alpha2', 'control 1']);
  await clock.until(MINUTE_MS);
  clock.advance(MINUTE_MS);
  await clock.until(MINUTE_MS);
  t.is(lists().length, 6);
  api.put(route('a'));
  clock.advance(MINUTE_MS);
  await until(() => names() === 'shop/a');
  t.deepEqual(seen.absent, [true, false]);
  t.deepEqual([seen.failures, seen.synced], [[], 1], 'that a kind is absent is no failure');
});

test('G3: an API that says 404 to everything lacks no kind: it is away', async (t) => {
  const { clock, kind, seen, until } = await startKind(t, (api) => {
    refuse(api, 4);
    api.answerNext('list', 'Service', NOT_FOUND);
    api.answerNext('list', 'Service', { body: 'not a list' });
    api.put(route('a'));
  });
  await until(() => seen.failures.length === 1);
  t.false(kind.synced);
  await clock.until(800);
  clock.advance(800);
  await until(() => seen.failures.length === 2);
  t.deepEqual(seen.failures, ['not_found', 'bad_answer']);
  await clock.until(1600);
  clock.advance(1600);
  await until(() => kind.synced);
  t.deepEqual([...kind.values.keys()], ['shop/a']);
  t.deepEqual(seen.absent, []);
});

test('G3: what is known is kept while a 404 may come of a balancer, and goes once the kind was removed', async (t) => {
  const { api, clock, kind, seen, names, lists, absent, endWatch } = await startKind(t, (api) =>
    api.put(route('a')),
  );
  await api.watched(ROUTE, 1);
  t.deepEqual(lists(), ['v1']);
  // The watch ends, and for a moment everything is 404.
  api.answerNext('watch', ROUTE, NOT_FOUND);
  refuse(api, 2);
  await endWatch();
  await clock.until(CONFIRM_MS);
  clock.advance(CONFIRM_MS);
  await api.watched(ROUTE, 3);
  t.deepEqual(lists(), ['v1', 'v1', 'v1alpha2', 'v1'], 'the second list finds it again');
  t.is(names(), 'shop/a');
  // The kind is gone.
  api.answerNext('watch', ROUTE, NOT_FOUND);
  refuse(api, 4);
  await endWatch();
  await clock.until(CONFIRM_MS);
  t.is(names(), 'shop/a');
  clock.advance(CONFIRM_MS);
  await absent();
  t.is(names(), '');
  t.true(kind.synced);
  t.deepEqual(seen.failures, []);
});

test('G3: a kind that is known stays while the API is away, forbids it, or cannot read its storage', async (t) => {
  const { api, clock, seen, names, until, endWatch } = await startKind(t, (api) => api.put(route('a')));
  await api.watched(ROUTE, 1);
  const answers = [{ status: 403 }, { status: 500 }, { status: 503 }, { body: { items: 'none' } }];
  for (const [n, answer] of answers.entries()) {
    await api.opened(ROUTE, 1);
    api.answerNext('watch', ROUTE, { status: 410 });
    api.answerNext('list', ROUTE, answer);
    await endWatch();
    await until(() => seen.failures.length > n);
    t.is(names(), 'shop/a');
    const waiting = clock.waiting.find((ms) => ms >= 800 && ms < 30_000);
    clock.advance(waiting ?? 0);
    clock.advance(2000);
  }
  t.deepEqual(seen.absent, []);
});

test('the best version of the API that is served is used, and a better one as soon as a watch has ended', async (t) => {
  const { api, kind, lists, until, endWatch } = await startKind(t, (api) => {
    refuse(api, 1);
    api.put(route('a'));
  });
  await api.watched(ROUTE, 1);
  t.deepEqual(lists(), ['v1', 'v1alpha2']);
  t.true(api.requests.at(-1)!.path.includes('/v1alpha2/'));
  const before = kind.values.get('shop/a');
  await endWatch();
  await api.watched(ROUTE, 2);
  t.true(api.requests.at(-1)!.path.includes('/v1/'));
  t.deepEqual(lists(), ['v1', 'v1alpha2', 'v1']);
  await until(() => kind.values.get('shop/a') === before);
});

test('a list in pages is read page by page, and applied as a whole', async (t) => {
  const page = (name: string, more: string | undefined) => ({
    body: {
      metadata: { resourceVersion: '1001', ...(more === undefined ? {} : { continue: more }) },
      items: [{ ...route(name), metadata: { ...route(name).metadata, resourceVersion: '1' } }],
    },
  });
  const { api, names, until } = await startKind(
    t,
    (api) => {
      api.answerNext('list', ROUTE, page('a', 'token of page 2'));
      api.answerNext('list', ROUTE, page('b', undefined));
    },
    { pageSize: 1 },
  );
  await until(() => names() === 'shop/a shop/b');
  await api.watched(ROUTE, 1);
  t.deepEqual(api.requests.map(({ query }) => objectOf(Object.fromEntries(query))).slice(0, 2), [
    { limit: '1' },
    { limit: '1', continue: 'token of page 2' },
  ]);
  t.is(api.requests[2]?.query.get('resourceVersion'), '1001');
});
