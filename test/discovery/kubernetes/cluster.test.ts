import test from 'ava';
import type { ScriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { names, shopOf, startCluster } from './cluster-parts.ts';
import { SLICES } from './watch-parts.ts';

const SHORT_MS = 1000;
/** The time within which remarks are combined. */
const GATHER_MS = 3000;

const shops = (count: number) => (api: ScriptedKubernetes) => {
  for (const name of names(count)) for (const object of shopOf(name)) api.put(object);
};
const selectors = (api: ScriptedKubernetes) =>
  api.requests
    .filter(({ verb }) => verb === 'watch')
    .map(({ kind, query }) => `${kind} ${query.get('labelSelector') ?? query.get('fieldSelector') ?? 'all'}`)
    .sort();

for (const over of ['http', 'h2'] as const) {
  test(`W13: who follows one Service shares its watches, and the last one to leave ends them: ${over}`, async (t) => {
    const { api, follow, until } = await startCluster(t, shops(1), { over });
    const all = [follow('web-0'), follow('web-0'), follow('web-0')];
    await until(() => all.every(({ isSynced }) => isSynced));
    await api.opened(SLICES, 1);
    await api.opened('Service', 1);
    t.is(api.requests.length, 4);
    const late = follow('web-0');
    t.true(late.isSynced);
    await Promise.all([...all.slice(1), late].map((each) => each.stop()));
    t.is(api.openWatches(SLICES), 1);
    await all[0]!.stop();
    await api.unwatched(SLICES);
    await api.unwatched('Service');
    t.is(api.requests.length, 4);
  });

  test(`W13: Services of a namespace have one watch of slices, by their names, and one each: ${over}`, async (t) => {
    const { api, follow, until } = await startCluster(t, shops(4), { over });
    const all = ['web-2', 'web-0'].map((name) => follow(name));
    await until(() => all.every(({ isSynced }) => isSynced));
    await api.opened(SLICES, 1);
    await api.opened('Service', 2);
    t.deepEqual(selectors(api), [
      'EndpointSlice kubernetes.io/service-name in (web-0,web-2)',
      'Service metadata.name=web-0',
      'Service metadata.name=web-2',
    ]);
  });

  test(`W13: no follower has a gap while the watched names change: ${over}`, async (t) => {
    const { api, follow, until } = await startCluster(t, shops(2), { over });
    const first = follow('web-0');
    await until(() => first.isSynced);
    await api.opened(SLICES, 1);
    // The new watch cannot list, so the old one stays and still receives events.
    api.answerNext('list', SLICES, { status: 500 });
    const second = follow('web-1');
    await api.listed(SLICES, 2);
    t.is(api.openWatches(SLICES), 1);
    for (const object of shopOf('web-0', 'shop', '10.0.0.9')) api.put(object);
    await until(() => `${first.addresses}` === '10.0.0.9');
    t.is(second.addresses, null);
    await until(() => second.failures > 0);
    t.is(first.failures, second.failures);
  });

  test(`W13: the new watch lists before the old one ends, and then only the new one is left: ${over}`, async (t) => {
    const { api, follow, until } = await startCluster(t, shops(3), { over });
    const first = follow('web-0');
    await until(() => first.isSynced);
    await api.opened(SLICES, 1);
    const second = follow('web-1');
    while (!second.isSynced) {
      t.true(first.isSynced);
      await new Promise(setImmediate);
    }
    await api.watched(SLICES, 2);
    await api.opened(SLICES, 1);
    t.true(selectors(api).includes('EndpointSlice kubernetes.io/service-name in (web-0,web-1)'));
    await second.stop();
    await api.watched(SLICES, 3);
    await api.opened(SLICES, 1);
    t.deepEqual(first.addresses, ['10.0.0.1']);
  });
}

test('W13: slices of up to 32 Services are selected by their names, of more the namespace is watched', async (t) => {
  for (const [count, watched] of [
    [32, 'EndpointSlice kubernetes.io/service-name in ('],
    [33, 'EndpointSlice all'],
  ] as const) {
    const { api, follow, until } = await startCluster(t, shops(40));
    const all = names(count).map((name) => follow(name));
    await until(() => all.every(({ isSynced }) => isSynced));
    await api.opened(SLICES, 1);
    t.true(selectors(api)[0]!.startsWith(watched), `${count}`);
    t.true(all.every(({ addresses }) => `${addresses}` === '10.0.0.1'));
    // A Service without a follower is not kept, and its changes notify nobody.
    const before = all.map(({ lastEventAt }) => lastEventAt);
    for (const object of shopOf('web-39', 'shop', '10.9.9.9')) api.put(object);
    for (const object of shopOf('web-0', 'shop', '10.0.0.2')) api.put(object);
    await until(() => `${all[0]!.addresses}` === '10.0.0.2');
    t.is(before.length, count);
  }
});

test('W13: Services are watched by name up to 8 of a namespace, of more all of them by one watch', async (t) => {
  const { api, follow, until } = await startCluster(t, shops(10));
  const all = names(8).map((name) => follow(name));
  await until(() => all.every(({ isSynced }) => isSynced));
  await api.opened('Service', 8);
  const ninth = follow('web-8');
  await until(() => ninth.isSynced);
  await api.watched('Service', 9);
  await api.opened('Service', 1);
  t.true(selectors(api).includes('Service all'));
  t.true(all.every(({ service }) => service.is === 'known' && service.value !== null));
  await ninth.stop();
  while (api.requests.filter(({ verb, kind }) => verb === 'watch' && kind === 'Service').length < 17) {
    t.true(all.every(({ isSynced }) => isSynced));
    await new Promise(setImmediate);
  }
  await api.opened('Service', 8);
});

test('W13: where all Services may not be read each is watched by its name, and one warning names the right', async (t) => {
  const { api, clock, follow, until, remarks } = await startCluster(t, (api) => {
    shops(12)(api);
    api.onlyByName.add('Service');
  });
  const all = names(12).map((name) => follow(name));
  await until(() => all.every(({ isSynced }) => isSynced));
  await api.opened('Service', 12);
  t.true(all.every(({ service }) => service.is === 'known' && service.value !== null));
  for (const ms of [800, 1600, 3200]) {
    await clock.until(ms);
    clock.advance(ms);
  }
  t.deepEqual(
    remarks.map(({ level, code }) => [level, code]),
    [['warn', 'services_by_name']],
  );
  t.regex(
    remarks[0]!.message,
    /no permission to list and watch services \(without resourceNames\) in shop; watching each Service by its name$/,
  );
  // The permission is granted: one watch takes over.
  await clock.until(6400);
  api.onlyByName.clear();
  clock.advance(6400);
  await api.opened('Service', 1);
  t.true(all.every(({ isSynced, failures }) => isSynced && failures === 0));
});

test('W14: if no Service may be read, sources work without, and one line says so for all', async (t) => {
  const { clock, follow, until, remarks } = await startCluster(t, (api) => {
    shops(12)(api);
    api.forbidden.add('Service');
  });
  const all = names(12).map((name) => follow(name));
  await until(() => all.every(({ isSynced }) => isSynced));
  t.true(all.every(({ service, failures }) => service.is === 'forbidden' && failures === 0));
  await clock.until(GATHER_MS);
  clock.advance(GATHER_MS);
  const said = remarks.filter(({ code }) => code === 'service_forbidden').map(({ message }) => message);
  t.deepEqual(said, [
    "the account has no permission to read the Services shop/web-0, shop/web-1, shop/web-10, shop/web-11, shop/web-2, shop/web-3, shop/web-4, shop/web-5 and 4 more; traffic policy and affinity come from Herald's options",
  ]);
});

test('500 Services of one namespace are one connection and two watches', async (t) => {
  const { api, follow, until } = await startCluster(t, shops(500));
  const all = names(500).map((name) => follow(name));
  await until(() => all.every(({ isSynced }) => isSynced));
  await api.opened(SLICES, 1);
  await api.opened('Service', 1);
  t.is(api.mostConnections(), 1);
  t.is(api.requests.length, 4);
});

test('500 Services of 500 namespaces are at most 12 connections, and not all of them list at once', async (t) => {
  const { api, follow, until } = await startCluster(t, (api) => {
    for (const name of names(500)) for (const object of shopOf('web', name)) api.put(object);
  });
  const all = names(500).map((name) => follow('web', name));
  await until(() => all.every(({ isSynced }) => isSynced));
  await api.opened(SLICES, 500);
  await api.opened('Service', 500);
  t.true(api.mostConnections() <= 12, `${api.mostConnections()}`);
  t.true(all.every(({ addresses }) => `${addresses}` === '10.0.0.1'));
});

test('a rolling update of API servers causes no log line, no lost event and no list', async (t) => {
  const { api, clock, follow, until, remarks } = await startCluster(t, (api) => {
    for (const name of names(20)) for (const object of shopOf('web', name)) api.put(object);
  });
  const all = names(20).map((name) => follow('web', name));
  await until(() => all.every(({ isSynced }) => isSynced));
  for (let server = 1; server <= 3; server++) {
    await api.opened(SLICES, 20);
    await api.opened('Service', 20);
    // All are open again; two of them have already had an event.
    await clock.until(SHORT_MS, server === 1 ? 40 : 38);
    clock.advance(5000);
    api.goAway();
    await new Promise(setImmediate);
    api.dropConnections();
    await api.watched(SLICES, 20 * (server + 1));
    await api.watched('Service', 20 * (server + 1));
    const ip = `10.2.0.${server}`;
    for (const object of shopOf('web', 'web-7', ip)) api.put(object);
    await until(() => `${all[7]!.addresses}` === ip);
  }
  await api.opened(SLICES, 20);
  t.is(api.connections(), 1);
  t.is(api.requests.filter(({ verb }) => verb === 'list').length, 40);
  t.deepEqual(remarks, []);
});

test('a follower that comes and goes in one turn causes no request', async (t) => {
  const { api, follow, until } = await startCluster(t, shops(2));
  await follow('web-0').stop();
  t.deepEqual(api.requests, []);
  const kept = follow('web-1');
  await Promise.all([follow('web-0').stop(), follow('web-0').stop()]);
  await until(() => kept.isSynced);
  await api.opened(SLICES, 1);
  t.deepEqual(selectors(api)[0], 'EndpointSlice kubernetes.io/service-name=web-1');
});
