import test from 'ava';
import { parseCidr } from '../../../src/address/cidr.ts';
import {
  nodeObject,
  podEndpoint,
  podObject,
  podSlice,
  startClusterWatch,
  textsOf,
} from '../../controller/cluster-watch-parts.ts';
import { service, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';
import type { ScriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';

const FOLD_MS = 50;
const GRACE_MS = 5000;

type Put = Parameters<ScriptedKubernetes['put']>[0];

/** The source of `shop/web` from a cluster with these objects, once it is synced. */
async function startShop(
  t: Parameters<typeof startClusterWatch>[0],
  objects: readonly Put[],
  options: Parameters<typeof startClusterWatch>[2] = {},
) {
  const started = await startClusterWatch(
    t,
    (api) => {
      for (const object of [service({ clusterIPs: ['10.96.0.7'] }), ...objects]) api.put(object);
    },
    options,
  );
  await started.synced();
  const source = started.source();
  await started.until(() => source.state.synced);
  return {
    ...started,
    source,
    refusals: () => started.remarks.filter(({ code }) => code === 'endpoint_refused'),
    /** Resolves once exactly these are the endpoints. */
    async serves(...addresses: readonly string[]) {
      const wanted = addresses.map((address) => `${address}:8080`).join(' ');
      await started.until(() => {
        started.clock.advance(FOLD_MS);
        return textsOf(source) === wanted;
      });
      t.is(textsOf(source), wanted);
    },
  };
}

test('G11: an endpoint that is no Pod of the namespace of its Service is refused, and is named', async (t) => {
  const elsewhere = { targetRef: { kind: 'Pod', name: 'db-0', namespace: 'bank' } };
  const { source, refusals } = await startShop(t, [
    slice('web-a', [
      podEndpoint('10.1.0.1', 'web-0'),
      sliceEndpoint('10.1.0.2'),
      sliceEndpoint('10.1.0.3', elsewhere),
      sliceEndpoint('10.1.0.4', { targetRef: { kind: 'Node', name: 'web-0' } }),
    ]),
  ]);
  t.is(textsOf(source), '10.1.0.1:8080');
  t.is(refusals().length, 1);
  for (const address of ['10.1.0.2', '10.1.0.3', '10.1.0.4'])
    t.true(
      refusals()[0]!.message.includes(`"${address}" (not a Pod of the namespace of its Service)`),
      address,
    );
});

test('G11: within --endpoint-cidrs an endpoint needs no Pod', async (t) => {
  const { source } = await startShop(
    t,
    [
      slice('web-a', [
        sliceEndpoint('10.5.0.2'),
        sliceEndpoint('10.6.0.2'),
        podEndpoint('10.7.0.2', 'web-0'),
      ]),
    ],
    { endpointCidrs: [parseCidr('10.5.0.0/16')!] },
  );
  t.is(textsOf(source), '10.5.0.2:8080 10.7.0.2:8080');
});

test('G11: addresses of nodes, of Services and of the API server are never endpoints, whatever a slice says of them', async (t) => {
  const kubernetes = slice('kubernetes', [sliceEndpoint('10.9.0.9')]);
  const labels = { 'kubernetes.io/service-name': 'kubernetes' };
  const metadata = { ...kubernetes.metadata, namespace: 'default', labels };
  const other = service({ clusterIPs: ['10.96.0.8', 'None', 'fd00:96::8'] }, 'other');
  const { source, refusals } = await startShop(
    t,
    [
      { ...kubernetes, metadata },
      // Anybody who can write slices in `default` could keep addresses from others.
      { ...slice('forged', [sliceEndpoint('10.1.0.1')]), metadata: { ...metadata, name: 'forged' } },
      other,
      nodeObject('n1', '192.168.0.1', 'fd00::1'),
      podSlice('10.1.0.1', '192.168.0.1', '10.96.0.8', '10.96.0.7', '10.9.0.9'),
      slice('web-6', [podEndpoint('fd00:96:0::8', 'web-6'), podEndpoint('fd00::0001', 'web-7')], {
        addressType: 'IPv6',
      }),
    ],
    { endpointCidrs: [parseCidr('0.0.0.0/0')!, parseCidr('::/0')!] },
  );
  t.is(textsOf(source), '10.1.0.1:8080');
  const { message } = refusals()[0]!;
  for (const said of [
    ...['"192.168.0.1" (an address of a node)', '"10.96.0.8" (an address of a Service)'],
    ...['"10.96.0.7" (an address of a Service)', '"10.9.0.9" (an address of the API server)'],
  ])
    t.true(message.includes(said), said);
});

test('G11: an address that becomes one of a node or of a Service is dialed no more, and comes back when it is none', async (t) => {
  const { api, serves, refusals } = await startShop(t, [podSlice('10.1.0.1', '10.1.0.2', '10.1.0.3')]);
  await serves('10.1.0.1', '10.1.0.2', '10.1.0.3');
  api.put(nodeObject('n1', '10.1.0.1'));
  await serves('10.1.0.2', '10.1.0.3');
  api.put(service({ clusterIPs: ['10.1.0.2'] }, 'other'));
  await serves('10.1.0.3');
  api.put(nodeObject('n1', '10.1.0.9'));
  await serves('10.1.0.1', '10.1.0.3');
  api.remove('Service', 'other');
  await serves('10.1.0.1', '10.1.0.2', '10.1.0.3');
  t.is(refusals().length, 2);
});

test('G11: with --check-pods an endpoint must have an address of its Pod, which may come after its slice', async (t) => {
  const { api, serves, refusals, clock, working } = await startShop(
    t,
    [
      podObject('web-0', '10.1.0.1'),
      podObject('web-1', '10.1.0.7'),
      podObject('web-2', '10.1.0.3', { hostNetwork: true }),
      podSlice('10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4'),
    ],
    { checkPods: true },
  );
  await working();
  await serves('10.1.0.1');
  t.deepEqual(refusals(), [], 'a Pod may only not be known yet');
  api.put(podObject('web-3', '10.1.0.4'));
  await serves('10.1.0.1', '10.1.0.4');
  clock.advance(GRACE_MS);
  clock.advance(FOLD_MS);
  t.is(refusals().length, 1);
  for (const address of ['10.1.0.2', '10.1.0.3'])
    t.true(refusals()[0]!.message.includes(`"${address}" (not an address of its Pod)`), address);
  api.put(podObject('web-1', '10.1.0.2'));
  await serves('10.1.0.1', '10.1.0.2', '10.1.0.4');
  api.remove('Pod', 'web-0');
  await serves('10.1.0.2', '10.1.0.4');
});

test('G11: a Pod of another namespace with the same name is no excuse', async (t) => {
  const bank = podObject('web-0', '10.1.0.1');
  const { source } = await startShop(
    t,
    [{ ...bank, metadata: { ...bank.metadata, namespace: 'bank' } }, podSlice('10.1.0.1')],
    { checkPods: true },
  );
  t.is(textsOf(source), '');
});

test('where a Service is ready counts only endpoints that may be dialed', async (t) => {
  const { watch, api, until } = await startShop(t, [
    slice('web-a', [
      podEndpoint('10.1.0.1', 'web-0', { nodeName: 'n1' }),
      sliceEndpoint('10.1.0.2', { nodeName: 'n2' }),
    ]),
  ]);
  const nodes = () => [...watch.objects.readyNodes('shop/web').v4].join(' ');
  t.is(nodes(), 'n1');
  api.put(nodeObject('n1', '10.1.0.1'));
  await until(() => nodes() === '');
  t.false(watch.objects.readyNodes('shop/web').anywhere);
});

test('S3: a Service that is removed has no endpoints, though its slices are still there', async (t) => {
  const { api, serves, codes } = await startShop(t, [podSlice('10.1.0.1')]);
  await serves('10.1.0.1');
  api.remove('Service', 'web');
  await serves();
  t.true(codes().includes('no_such_service'));
  api.put(service());
  await serves('10.1.0.1');
});

test('a watch that breaks counts for every source, and endpoints stay while the API is away', async (t) => {
  const { api, source, serves, until, working } = await startShop(t, [podSlice('10.1.0.1')]);
  await working();
  await api.close();
  await until(() => source.health.errors.size > 0);
  await serves('10.1.0.1');
  await api.open();
});
