import test, { type ExecutionContext } from 'ava';
import {
  type CompanionOwner,
  companionOf,
  createCompanionAddresses,
} from '../../../src/controller/write/companion.ts';
import { createCompanionServices } from '../../../src/controller/write/companion-services.ts';
import { failure } from '../../../src/discovery/kubernetes/failure.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { FakeApi, type Json, settled } from '../fake-api.ts';
import { refOf, serviceOf } from '../objects.ts';

const PLACE = {
  ...{ namespace: 'herald', addressClass: 'metallb', ownClass: 'herald/edge', prefix: 'herald/' },
  selector: { app: 'herald' },
};
const ALL = '/api/v1/namespaces/herald/services';
const owner = (name = 'web', ports = [443], kind = 'Service'): CompanionOwner => ({
  ref: refOf(kind, name, name),
  ports: ports.map((port) => ({ port, protocol: 'TCP' as const })),
});

function start(t: ExecutionContext, place: Partial<typeof PLACE> = {}, api = new FakeApi()) {
  const clock = turnedClock();
  const told = { isLeader: true };
  const readAddresses = createCompanionAddresses({ ...PLACE, ...place });
  const codes: string[] = [];
  let owners: readonly CompanionOwner[] = [];
  const companions = createCompanionServices({
    ...{ ...PLACE, ...place, client: api.client, clock, random: () => 0 },
    isLeader: () => told.isLeader,
    remark: ({ code }) => codes.push(code),
  });
  t.teardown(() => {
    companions.stop();
    if (clock.waiting.length > 0) throw new Error(`timers are left: ${clock.waiting}`);
  });
  const seen = () =>
    new Map(
      [...api.objects.values()].map((value) => [
        `${value.metadata.namespace}/${value.metadata.name}`,
        serviceOf(value),
      ]),
    );
  return {
    ...{ api, clock, told, codes, companions },
    want(...next: readonly CompanionOwner[]): void {
      owners = next;
      companions.want(owners, seen());
    },
    /** The watch tells what there is, a few times while time passes. */
    async pass(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 250) {
        clock.advance(250);
        await settled();
        companions.want(owners, seen());
      }
    },
    /** What companions have got. */
    got: () => readAddresses(seen()),
    services: () => [...api.objects.values()].filter(({ metadata }) => metadata.namespace === 'herald'),
  };
}

test('G13: a claimed Service gets a companion that selects Herald, keeps the address, and names its owner', async (t) => {
  const { want, pass, services, api } = start(t);
  want(owner('web', [443, 80]));
  await pass(1000);
  t.is(api.requests.length, 1);
  const [{ metadata, spec }] = services();
  t.deepEqual(spec, {
    ...{ type: 'LoadBalancer', loadBalancerClass: 'metallb', externalTrafficPolicy: 'Local' },
    selector: { app: 'herald' },
    ports: [
      { name: 'tcp-80', port: 80, targetPort: 80, protocol: 'TCP' },
      { name: 'tcp-443', port: 443, targetPort: 443, protocol: 'TCP' },
    ],
  });
  t.deepEqual(metadata.labels, {
    'app.kubernetes.io/managed-by': 'herald-gateway',
    ...{ 'herald/owner-kind': 'Service', 'herald/owner-namespace': 'shop', 'herald/owner-name': 'web' },
  });
  t.is(metadata.annotations['herald/companion-of'], 'service shop/web');
});

test('G13: what the balancer gives is read back, as addresses and host names', async (t) => {
  const { want, pass, services, got, api } = start(t);
  want(owner('web'), owner('db', [5432], 'Gateway'));
  await pass(1000);
  const [one] = services();
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.9' }, { hostname: 'lb.example' }, {}] } };
  api.put(`${ALL}/${one.metadata.name}`, { ...one, status });
  await pass(500);
  const key = one.metadata.annotations['herald/companion-of'];
  const given = { node: null, failedPorts: [], bypassedPorts: [] };
  t.deepEqual(got().get(key), [
    { address: '192.0.2.9', kind: 'ip', ...given },
    { address: 'lb.example', kind: 'hostname', ...given },
  ]);
  t.deepEqual([...got().keys()].sort(), ['gateway shop/db', 'service shop/web']);
  const copied = { ...one.metadata, name: 'a-copy', uid: 'a-copy' };
  api.put(`${ALL}/a-copy`, { ...one, metadata: copied, status: {} });
  t.is(got().get(key)!.length, 2, "a copy is nobody's companion");
  api.objects.delete(`${ALL}/a-copy`);
  t.is(api.requests.length, 2);
});

test('an instance that does not lead reads addresses, and writes nothing', async (t) => {
  const leading = start(t);
  leading.want(owner('web'));
  await leading.pass(500);
  const { want, pass, got, told, api } = start(t, {}, leading.api);
  told.isLeader = false;
  want(owner('web', [1]));
  await pass(2000);
  t.deepEqual([...got().keys()], ['service shop/web']);
  t.is(api.requests.length, 1);
});

test('a companion follows the ports of its owner, at the version that was seen', async (t) => {
  const { want, pass, services, api } = start(t);
  want(owner('web', [443]));
  await pass(500);
  const { resourceVersion } = services()[0].metadata;
  want(owner('web', [444]));
  await pass(1000);
  t.deepEqual(
    services()[0].spec.ports.map(({ port }: Json) => port),
    [444],
  );
  const [patch] = api.of('patch');
  t.is(patch!.body.metadata.resourceVersion, resourceVersion);
  t.false('loadBalancerClass' in patch!.body.spec);
  t.is(api.requests.length, 2);
});

test('a companion that somebody has changed is set right', async (t) => {
  const { want, pass, services, api } = start(t);
  want(owner('web'));
  await pass(500);
  const [one] = services();
  api.put(`${ALL}/${one.metadata.name}`, { ...one, spec: { ...one.spec, externalTrafficPolicy: 'Cluster' } });
  await pass(1000);
  t.is(services()[0].spec.externalTrafficPolicy, 'Local');
});

test('a companion whose owner is gone is deleted, and only if it is still that one', async (t) => {
  const { want, pass, services, api } = start(t);
  want(owner('web'));
  await pass(500);
  const { uid } = services()[0].metadata;
  want();
  await pass(500);
  t.deepEqual(services(), []);
  t.deepEqual(api.of('delete')[0]?.body, { preconditions: { uid } });
});

test('another class needs another Service: the old one is deleted first', async (t) => {
  const before = start(t);
  before.want(owner('web'));
  await before.pass(500);
  const { want, pass, services, api } = start(t, { addressClass: 'kube-vip' }, before.api);
  want(owner('web'));
  await pass(2000);
  t.is(services()[0].spec.loadBalancerClass, 'kube-vip');
  t.deepEqual(
    api.requests.map(({ verb }) => verb),
    ['create', 'delete', 'create'],
  );
});

test('a companion that is being deleted is waited for', async (t) => {
  const { want, pass, services, api } = start(t);
  want(owner('web'));
  await pass(500);
  const [one] = services();
  const path = `${ALL}/${one.metadata.name}`;
  api.put(path, { ...one, metadata: { ...one.metadata, deletionTimestamp: 'now' } });
  want(owner('web', [1]));
  await pass(1000);
  t.is(api.requests.length, 1);
  api.objects.delete(path);
  await pass(1000);
  t.is(services()[0].spec.ports[0].port, 1);
});

test('a Service that is not ours is never touched, whatever its name', async (t) => {
  const { want, pass, services, api, codes, got } = start(t);
  const { name, labels, annotations } = companionOf(owner('web'), PLACE);
  const path = `${ALL}/${name}`;
  const others = [
    {},
    { labels },
    { annotations },
    { labels, annotations: { ...annotations, 'herald/companion-class': 'herald/other' } },
  ];
  for (const metadata of others) {
    api.put(path, { metadata: { namespace: 'herald', name, uid: 'theirs', ...metadata }, spec: {} });
    want(owner('web'));
    await pass(1000);
    want();
    await pass(1000);
  }
  t.deepEqual(api.requests, []);
  t.is(services().length, 1);
  t.deepEqual(new Set(codes), new Set(['companion_taken']));
  t.is(got().size, 0);
});

test('companions of another gateway in the same namespace stay', async (t) => {
  const other = start(t, { ownClass: 'herald/other' });
  other.want(owner('web'));
  await other.pass(500);
  const { want, pass, services } = start(t, {}, other.api);
  want(owner('web'));
  await pass(500);
  t.is(services().length, 2);
  want();
  await pass(500);
  t.is(services().length, 1);
});

test('a companion gets no companion, and an object without a port none either', async (t) => {
  const { want, pass, services, api } = start(t);
  want(owner('web'), owner('none', []));
  await pass(500);
  const { name } = services()[0].metadata;
  const own = { ...owner(name), ref: { ...refOf('Service', 'x', name), namespace: 'herald' } };
  want(owner('web'), own);
  await pass(1000);
  t.is(api.requests.length, 1);
});

test('names are labels of DNS, differ by kind, namespace and name, and stay the same', (t) => {
  const long = 'n'.repeat(253);
  const refs = [
    refOf('Service', 'u', 'a-b'),
    refOf('Gateway', 'u', 'a-b'),
    { ...refOf('Service', 'u', 'b'), namespace: 'shop-a' },
    refOf('Gateway', 'u', 'a.b'),
    refOf('Gateway', 'u', long),
    refOf('Gateway', 'u', `${long.slice(1)}m`),
  ];
  const all = refs.map((ref) => companionOf({ ref, ports: [] }, PLACE));
  for (const { name, labels } of all) {
    t.regex(name, /^[a-z][a-z0-9-]*[a-z0-9]$/);
    t.true(name.length <= 63);
    for (const value of Object.values(labels)) t.regex(value, /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
  }
  t.is(new Set(all.map(({ name }) => name)).size, refs.length);
  t.deepEqual(
    refs.map((ref) => companionOf({ ref: { ...ref, uid: 'v' }, ports: [] }, PLACE).name),
    all.map(({ name }) => name),
  );
});

for (const code of ['forbidden', 'unavailable', 'invalid'] as const) {
  test(`a companion is tried again after ${code}, and that is said`, async (t) => {
    const { want, pass, services, api, codes } = start(t);
    api.answerNext(code);
    want(owner('web'));
    await pass(750);
    t.is(api.requests.length, 1);
    await pass(1000);
    t.is(services().length, 1);
    t.deepEqual(codes, [`companion_${code}`]);
  });
}

for (const code of ['conflict', 'exists'] as const) {
  test(`a companion waits for the watch after ${code}, and nothing is said`, async (t) => {
    const { want, pass, services, api, codes } = start(t);
    api.answerNext(code);
    want(owner('web'));
    await pass(2000);
    t.is(services().length, 1);
    t.deepEqual(codes, []);
  });
}

test('429 stops all companions for as long as the server asks', async (t) => {
  const { want, pass, services, api } = start(t);
  api.answerNext(failure('throttled', 'busy', 5000));
  want(owner('web'));
  await settled();
  want(owner('web'), owner('db'));
  await pass(4750);
  t.is(api.requests.length, 1);
  await pass(1000);
  t.is(services().length, 2);
});

test('G6: a lost lease stops companions at once', async (t) => {
  const { want, pass, told, api, companions } = start(t);
  want(owner('a'), owner('b'), owner('c'));
  told.isLeader = false;
  companions.leadershipChanged();
  await pass(2000);
  t.is(api.requests.length, 1);
});
