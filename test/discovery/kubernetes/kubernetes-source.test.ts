import test from 'ava';
import { createKubernetesSource } from '../../../src/discovery/kubernetes/kubernetes-source.ts';
import { service, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import { shop, sliceOf, startSource } from './source-parts.ts';
import { FIRST_MS, SLICES } from './watch-parts.ts';

const BURST_MS = 50;
const SHORT_MS = 1000;

test('a source serves the ready endpoints of its Service on the port of that name', async (t) => {
  const { source, serves, remarks } = await startSource(t, shop('10.0.0.2', '10.0.0.1'));
  t.false(source.state.synced);
  t.is(source.state.generation, 0);
  t.is(source.health.lastEventAt, null);
  await serves('10.0.0.1:8080', '10.0.0.2:8080');
  t.deepEqual(source.state.service, {
    namespace: 'shop',
    name: 'web',
    externalTrafficPolicy: 'Cluster',
    affinityMs: 0,
  });
  t.is(source.state.generation, 1);
  t.is(source.name, 'k8s:shop/web:http');
  t.deepEqual(remarks, []);
  t.deepEqual([...source.health.errors], []);
  t.true(source.health.synced);
  t.is(source.health.lastEventAt, 1_700_000_000);
});

test('an empty answer counts as an answer', async (t) => {
  const { source, synced } = await startSource(t, (api) => {
    api.put(service());
    api.put(slice('web-a', null, { ports: null }));
  });
  await synced();
  t.deepEqual(source.state.endpoints, []);
});

test('W10: the first event is applied at once, and of a burst the rest 50 ms later in one piece', async (t) => {
  const { api, clock, serves, told, texts } = await startSource(t, shop('10.0.0.1'));
  await serves('10.0.0.1:8080');
  await api.watched(SLICES, 1);
  clock.advance(BURST_MS);
  api.put(sliceOf('10.0.0.1', '10.0.0.2'));
  await serves('10.0.0.1:8080', '10.0.0.2:8080');
  t.is(told.changes, 2);
  for (let pods = 3; pods <= 9; pods++)
    api.put(sliceOf(...Array.from({ length: pods }, (_, n) => `10.0.0.${n + 1}`)));
  await clock.until(BURST_MS);
  t.is(texts().length, 2);
  api.bookmark();
  await clock.until(150_000);
  clock.advance(BURST_MS);
  await serves(...Array.from({ length: 9 }, (_, n) => `10.0.0.${n + 1}:8080`));
  t.true(told.changes <= 4);
});

test('a change that does not matter to Herald is not reported', async (t) => {
  const { api, clock, serves, told, source } = await startSource(t, shop('10.0.0.1'));
  await serves('10.0.0.1:8080');
  await api.watched(SLICES, 1);
  clock.advance(BURST_MS);
  api.put({ ...sliceOf('10.0.0.1'), managedFields: [{}] });
  api.put(slice('web-b', [sliceEndpoint('10.0.0.2')]));
  await clock.until(BURST_MS);
  t.is(told.changes, 1);
  clock.advance(BURST_MS);
  await serves('10.0.0.1:8080', '10.0.0.2:8080');
  t.is(told.changes, 2);
  t.is(source.state.generation, 2);
});

for (const over of ['http', 'h2'] as const) {
  test(`W9, W16: while the API is away the last state serves; that is said once, and when it is over: ${over}`, async (t) => {
    const { api, clock, serves, source, codes, said, remarks, texts } = await startSource(
      t,
      shop('10.0.0.1'),
      { over },
    );
    await serves('10.0.0.1:8080');
    await api.watched(SLICES, 1);
    await api.watched('Service', 1);
    await clock.until(SHORT_MS, 2);
    clock.advance(SHORT_MS);
    await api.close();
    const refused = async (times: number) => {
      while (source.health.errors.get('refused') !== times) await new Promise(setImmediate);
    };
    await refused(2);
    for (const [round, ms] of [800, 1600, 3200].entries()) {
      await clock.until(ms);
      clock.advance(ms);
      await refused(2 * round + 4);
    }
    t.deepEqual(texts(), ['10.0.0.1:8080']);
    t.true(source.state.synced);
    t.deepEqual(codes(), ['api_refused']);
    t.is(source.health.errors.get('reset'), 2);
    await api.open();
    api.put(sliceOf('10.0.0.2'));
    await clock.until(6400);
    clock.advance(6400);
    await serves('10.0.0.2:8080');
    await clock.until(SHORT_MS, 2);
    clock.advance(SHORT_MS);
    await said('api_back');
    const [begin, end] = remarks.map(({ message }) => message);
    const begun = /^the Kubernetes API at http.* cannot be read \(refused: "connect ECONNREFUSED/;
    t.regex(begin!, begun);
    t.true(begin!.endsWith('; keeping the last known endpoints'));
    t.true(end!.endsWith(' can be read again after 13.0 s and 4 failed attempts'), end);
    t.is(remarks.length, 2);
  });
}

test('a relist in which endpoints vanished takes them out', async (t) => {
  const { api, clock, serves, source } = await startSource(t, (api) => {
    shop('10.0.0.1')(api);
    api.put(slice('web-b', [sliceEndpoint('10.0.0.2')]));
  });
  await serves('10.0.0.1:8080', '10.0.0.2:8080');
  await api.watched(SLICES, 1);
  clock.advance(5000);
  await api.close();
  api.remove(SLICES, 'web-b');
  api.forget();
  await api.open();
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  await serves('10.0.0.1:8080');
  t.is(source.state.generation, 2);
});

test('W8: an API without the group is an error in the log after five tries, and it is tried on', async (t) => {
  const { clock, said, remarks } = await startSource(t, (api) => {
    for (let round = 0; round < 5; round++) api.answerNext('list', SLICES, { status: 404 });
  });
  for (const ms of [800, 1600, 3200, 6400]) {
    await clock.until(ms);
    clock.advance(ms);
  }
  await said('wrong_api');
  t.is(remarks.find(({ code }) => code === 'wrong_api')?.level, 'error');
});

for (const [over, connections] of [
  ['http', 2],
  ['h2', 1],
] as const) {
  test(`a list leaves its connection to the watch: a source holds ${connections}: ${over}`, async (t) => {
    const { api, serves } = await startSource(t, shop('10.0.0.1'), { over });
    await serves('10.0.0.1:8080');
    await api.watched(SLICES, 1);
    await api.watched('Service', 1);
    t.is(api.mostConnections(), connections);
  });
}

test('one Service by the name of its port, by number and for its addresses is one set of watches', async (t) => {
  const { api, cluster, clock, serves } = await startSource(t, shop('10.0.0.1'));
  const others = [
    ['k8s:shop/web:80', '80'],
    ['k8s:shop/web', null],
  ].map(([name, port]) =>
    createKubernetesSource({
      ...{ name: name!, namespace: 'shop', service: 'web', port: port ?? null },
      ...{ family: 'auto', cidrs: null, cluster, clock },
    }),
  );
  for (const other of others) other.start({ changed() {}, remark() {} });
  await serves('10.0.0.1:8080');
  t.deepEqual(
    others.map(({ state }) => [state.endpoints.map(({ text }) => text), state.addresses.length]),
    [
      [['10.0.0.1:8080'], 1],
      [[], 1],
    ],
  );
  await api.opened(SLICES, 1);
  await api.opened('Service', 1);
  t.is(api.requests.length, 4);
  await Promise.all(others.map((other) => other.stop()));
});

// CPU time, because the machine may be busy.
test.serial('100,000 endpoints serve, and a change among them is folded within two seconds', async (t) => {
  const address = (at: number, n: number) => `10.${at}.${n >> 8}.${n & 255}`;
  const many = (at: number, count: number) =>
    slice(
      `web-${at}`,
      Array.from({ length: count }, (_, n) => sliceEndpoint(address(at, n), { nodeName: `node-${n % 50}` })),
    );
  const { api, clock, until, source } = await startSource(t, (api) => {
    api.put(service());
    for (let at = 0; at < 100; at++) api.put(many(at, 1000));
  });
  await until(() => source.state.endpoints.length === 100_000);
  await api.watched(SLICES, 1);
  clock.advance(10_000);
  const startedAt = process.cpuUsage();
  api.put(many(7, 999));
  await until(() => source.state.endpoints.length === 99_999);
  const { user, system } = process.cpuUsage(startedAt);
  t.true(user + system < 2_000_000);
});

test('after a stop nothing is told, and nothing waits or is open', async (t) => {
  const { api, clock, serves, source, told } = await startSource(t, shop('10.0.0.1'));
  await serves('10.0.0.1:8080');
  await api.watched(SLICES, 1);
  await source.stop();
  await api.unwatched(SLICES);
  await api.unwatched('Service');
  t.deepEqual(clock.waiting, []);
  api.put(sliceOf('10.0.0.2'));
  t.is(told.changes, 1);
});
