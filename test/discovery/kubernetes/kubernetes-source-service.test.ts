import test from 'ava';
import { service, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import type { ScriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { shop, sliceOf, startSource } from './source-parts.ts';
import { SLICES } from './watch-parts.ts';

const BURST_MS = 50;

// What follows from the Service: its ports, its type, its families, its policy.

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

test('a Service that does not exist is a remark and not a failure', async (t) => {
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
        'the Service shop/web does not exist; it has no endpoints, even if EndpointSlices name it',
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

test('a port that the Service does not have is a remark that lists its ports', async (t) => {
  const { synced, remarks } = await startSource(t, shop('10.0.0.1'), { port: 'grpc' });
  await synced();
  t.deepEqual(
    remarks.map(({ code, message }) => [code, message]),
    [['no_such_port', 'the Service has no TCP port grpc; it has "http" (80)']],
  );
});

test('a family that no endpoint has is a remark', async (t) => {
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
