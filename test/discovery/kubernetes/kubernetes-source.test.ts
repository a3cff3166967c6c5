import test from 'ava';
import { parseCidr } from '../../../src/address/cidr.ts';
import { formatIp } from '../../../src/address/ip.ts';
import { createIpSet } from '../../../src/address/ip-set.ts';
import { createKubernetesSource } from '../../../src/discovery/kubernetes/kubernetes-source.ts';
import { service, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import type { ScriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { startSource } from './source-parts.ts';
import { FIRST_MS, SLICES } from './watch-parts.ts';

const BURST_MS = 50;
const SHORT_MS = 1000;

/** The Service and one slice with these addresses. */
const shop =
  (...addresses: string[]) =>
  (api: ScriptedKubernetes) => {
    api.put(service());
    api.put(sliceOf(...addresses));
  };

const sliceOf = (...addresses: string[]) =>
  slice(
    'web-a',
    addresses.map((address) => sliceEndpoint(address)),
  );

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

test('a change that changes nothing for Herald is not told', async (t) => {
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

test('a number is the port of the Service, whatever the pods listen on', async (t) => {
  const { serves, remarks } = await startSource(t, shop('10.0.0.1'), { port: '80' });
  await serves('10.0.0.1:8080');
  t.deepEqual(remarks, []);
});

test('W14: a Service that may not be read is no error: one remark, and a number is the port of the pods', async (t) => {
  const prepare = (api: ScriptedKubernetes) => {
    shop('10.0.0.1')(api);
    api.forbidden.add('Service');
  };
  const { api, clock, serves, source, codes } = await startSource(t, prepare, { port: '8080' });
  await serves('10.0.0.1:8080');
  for (const ms of [800, 1600]) {
    await clock.until(ms);
    clock.advance(ms);
  }
  await clock.until(3200);
  clock.advance(600);
  t.is(source.state.service, null);
  t.deepEqual(codes(), ['port_of_slices', 'service_forbidden']);
  t.deepEqual([...source.health.errors], []);
  api.forbidden.clear();
  clock.advance(2600);
  await serves();
  t.deepEqual(codes(), ['port_of_slices', 'service_forbidden', 'no_such_port']);
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
    const begun = /^the API of Kubernetes at http.* cannot be read: refused, "connect ECONNREFUSED/;
    t.regex(begin!, begun);
    t.true(begin!.endsWith('; the endpoints known last go on'));
    t.true(end!.endsWith(' answers again, after 13.0 s and 4 attempts in vain'), end);
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

test('E10: refused endpoints are named once, and the others serve', async (t) => {
  const { api, clock, serves, remarks, codes } = await startSource(t, shop('127.0.0.1', '10.0.0.1'));
  await serves('10.0.0.1:8080');
  t.is(remarks[0]?.message, 'endpoints of shop/web are refused for their addresses: "127.0.0.1" (loopback)');
  await api.watched(SLICES, 1);
  clock.advance(BURST_MS);
  api.put(sliceOf('127.0.0.1', '10.0.0.2'));
  await serves('10.0.0.2:8080');
  t.deepEqual(codes(), ['endpoint_refused']);
  clock.advance(BURST_MS);
  api.put(sliceOf('127.0.0.1', '169.254.169.254', '10.0.0.3'));
  await serves('10.0.0.3:8080');
  t.deepEqual(codes(), ['endpoint_refused', 'endpoint_refused']);
  t.regex(remarks[1]!.message, /: "169.254.169.254" \(link-local\)$/);
});

test('E10: a refused address is not trusted either', async (t) => {
  const cidrs = createIpSet([parseCidr('10.0.0.0/24')!]);
  const { source, synced } = await startSource(t, shop('127.0.0.1', '10.0.0.1', '10.9.9.9'), {
    ...{ port: null, cidrs },
  });
  await synced();
  t.deepEqual(
    source.state.addresses.map((ip) => formatIp(ip)),
    ['10.0.0.1'],
  );
  t.deepEqual(source.state.endpoints, []);
});

test('E10: an API that makes up new addresses all the time does not fill the log', async (t) => {
  const { api, clock, serves, codes } = await startSource(t, shop('10.0.0.1'));
  await serves('10.0.0.1:8080');
  await api.watched(SLICES, 1);
  for (let round = 1; round <= 110; round++) {
    clock.advance(BURST_MS);
    const wrong = Array.from({ length: 16 }, (_, n) => `127.${round}.0.${n}`);
    const good = `10.1.0.${round}`;
    api.put(sliceOf(...wrong, good));
    await serves(`${good}:8080`);
  }
  t.is(codes().length, 63, '63 = 1000 remembered addresses / 16, rounded up');
});

test('S2: a headless Service is served like any other: nobody dials a cluster IP', async (t) => {
  const { serves } = await startSource(t, (api) => {
    api.put(service({ clusterIP: 'None' }));
    const { metadata, ...rest } = sliceOf('10.0.0.1');
    const labels = { ...metadata.labels, 'service.kubernetes.io/headless': '' };
    api.put({ ...rest, metadata: { ...metadata, labels } } as typeof rest & { metadata: typeof metadata });
  });
  await serves('10.0.0.1:8080');
});

test('S3: a Service of type ExternalName has no endpoints, though there are slices, and the remark says what to do', async (t) => {
  const prepare = (api: ScriptedKubernetes) => {
    api.put(service({ type: 'ExternalName', ports: [] }));
    api.put(sliceOf('10.0.0.1'));
  };
  const { synced, remarks, source } = await startSource(t, prepare);
  await synced();
  t.deepEqual(source.state.endpoints, []);
  t.deepEqual(
    remarks.map(({ level, code }) => [level, code]),
    [['error', 'external_name']],
  );
  t.regex(remarks[0]!.message, /dns:NAME:PORT/);
});

test('a Service that there is not is said, and is no failure', async (t) => {
  const { api, clock, synced, codes, serves } = await startSource(t);
  await synced();
  t.deepEqual(codes(), ['no_such_service']);
  await api.watched(SLICES, 1);
  await api.watched('Service', 1);
  clock.advance(BURST_MS);
  shop('10.0.0.1')(api);
  await clock.until(BURST_MS);
  clock.advance(BURST_MS);
  await serves('10.0.0.1:8080');
  t.deepEqual(codes(), ['no_such_service']);
});

test('S3: a Service that is deleted while slices stay has no endpoints, and nobody is trusted by it', async (t) => {
  const { api, clock, serves, source, remarks } = await startSource(t, shop('10.0.0.1'));
  await serves('10.0.0.1:8080');
  await api.watched('Service', 1);
  clock.advance(BURST_MS);
  api.remove('Service', 'web');
  await serves();
  t.deepEqual(source.state.addresses, []);
  t.deepEqual(
    remarks.map(({ code, message }) => [code, message]),
    [
      [
        'no_such_service',
        'there is no Service shop/web: it has no endpoints, whatever EndpointSlices say of it',
      ],
    ],
  );
  clock.advance(BURST_MS);
  api.put(service());
  await serves('10.0.0.1:8080');
});

test('S3: a Service that becomes one of type ExternalName has no endpoints, whatever slices stay', async (t) => {
  for (const port of ['http', '80', null]) {
    const { api, clock, source, until, remarks } = await startSource(t, shop('10.0.0.1'), { port });
    await until(() => source.state.addresses.length === 1);
    await api.watched('Service', 1);
    clock.advance(BURST_MS);
    api.put(service({ type: 'ExternalName', externalName: 'web.example', ports: [] }));
    await until(() => source.state.addresses.length === 0);
    t.deepEqual(source.state.endpoints, []);
    t.deepEqual(
      remarks.map(({ code }) => code),
      ['external_name'],
      `${port}`,
    );
  }
});

test('a port that the Service has not is said with those that it has', async (t) => {
  const { synced, remarks } = await startSource(t, shop('10.0.0.1'), { port: 'grpc' });
  await synced();
  t.deepEqual(
    remarks.map(({ code, message }) => [code, message]),
    [['no_such_port', 'the Service has no TCP port grpc: it has "http" (80)']],
  );
});

test('a family that no endpoint has is said', async (t) => {
  const { synced, codes, source } = await startSource(t, shop('10.0.0.1'), { family: 6 });
  await synced();
  t.deepEqual(source.state.endpoints, []);
  t.is(source.state.addresses.length, 1);
  t.deepEqual(codes(), ['no_address_of_family']);
});

test('P11: auto follows the first family of the Service, and changes with it', async (t) => {
  const targetRef = { uid: 'pod' };
  const { api, clock, serves, source } = await startSource(t, (api) => {
    api.put(service({ ipFamilies: ['IPv6', 'IPv4'] }));
    api.put(slice('web-4', [sliceEndpoint('10.0.0.1', { targetRef })]));
    api.put(slice('web-6', [sliceEndpoint('fd00::1', { targetRef })], { addressType: 'IPv6' }));
  });
  await serves('[fd00::1]:8080');
  t.is(source.state.addresses.length, 2);
  await api.watched('Service', 1);
  clock.advance(BURST_MS);
  api.put(service({ ipFamilies: ['IPv4', 'IPv6'] }));
  await serves('10.0.0.1:8080');
});

test('the policy and the affinity of the Service follow it', async (t) => {
  const { api, clock, serves, source, until } = await startSource(t, shop('10.0.0.1'));
  await serves('10.0.0.1:8080');
  await api.watched('Service', 1);
  clock.advance(BURST_MS);
  api.put(service({ externalTrafficPolicy: 'Local', sessionAffinity: 'ClientIP' }));
  await until(() => source.state.service?.externalTrafficPolicy === 'Local');
  t.is(source.state.service?.affinityMs, 10_800_000);
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

test('what the API says in its answers reaches a remark bounded and escaped', async (t) => {
  const message = `\u001b[31m${'x'.repeat(1000)}`;
  const { said, remarks } = await startSource(t, (api) =>
    api.answerNext('list', SLICES, { status: 500, body: { message } }),
  );
  await said('api_unavailable');
  const text = remarks.find(({ code }) => code === 'api_unavailable')!.message;
  t.true(text.includes('\\u001b[31mxxx'));
  t.true(text.length < 400);
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

// Of the processor: the machine may have other work.
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
