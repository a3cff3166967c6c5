import test from 'ava';
import { createInstanceLease } from '../../../src/controller/lease/instance-lease.ts';
import { type InstanceReport, readInstanceLease } from '../../../src/controller/lease/instance-report.ts';
import { failure } from '../../../src/discovery/kubernetes/failure.ts';
import { type TurnedClock, turnedClock } from '../../helpers/turned-clock.ts';
import { FakeApi, settled } from '../fake-api.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/herald/leases/herald-gateway-a';
const REPORT: InstanceReport = {
  node: 'node-a',
  addresses: ['10.0.0.1', 'fd00::1'],
  failedPorts: [443],
  bypassed: ['10.0.0.2:80'],
  isDraining: false,
  askAt: '10.0.0.1:9090',
  hop: { at: '10.0.0.1:9466', families: [4] },
  hopFault: null,
};

function instance(api: FakeApi, clock: TurnedClock, identity = 'a-1') {
  const codes: string[] = [];
  const told = { report: REPORT };
  const lease = createInstanceLease({
    ...{ client: api.client, namespace: 'herald', name: 'herald-gateway-a', identity, clock },
    labels: { 'app.kubernetes.io/component': 'gateway-instance' },
    owner: { name: 'a', uid: `uid-of-${identity}` },
    facts: () => told.report,
    remark: ({ code }) => codes.push(code),
  });
  return { lease, codes, told };
}

async function pass(clock: TurnedClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    clock.advance(250);
    await settled();
  }
}

function stateOf(api: FakeApi) {
  return readInstanceLease(api.objects.get(PATH), 0)?.state;
}

test('G5b: an instance tells its addresses, families and failed ports in a Lease of its Pod', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const { lease } = instance(api, clock);
  lease.start();
  await settled();
  const { metadata, spec } = api.objects.get(PATH);
  t.deepEqual(metadata.ownerReferences, [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'uid-of-a-1' }]);
  t.deepEqual(metadata.labels, { 'app.kubernetes.io/component': 'gateway-instance' });
  t.deepEqual(JSON.parse(metadata.annotations['herald/instance']), { ...REPORT, families: [4, 6] });
  t.like(spec, { holderIdentity: 'a-1', leaseDurationSeconds: 15 });
  t.deepEqual(stateOf(api), { ...REPORT, name: 'herald-gateway-a', isFresh: true });
  await lease.stop();
});

test('G5b: it is renewed each 5 s by one request', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const { lease } = instance(api, clock);
  lease.start();
  await settled();
  const before = api.objects.get(PATH).spec;
  await pass(clock, 20_000);
  t.is(api.of('update').length, 4);
  t.is(api.of('get').length, 1);
  t.true(api.objects.get(PATH).spec.renewTime > before.renewTime);
  t.is(api.objects.get(PATH).spec.acquireTime, before.acquireTime);
  await lease.stop();
});

test('what changes is told at once, and not more often than twice a second', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const { lease, told } = instance(api, clock);
  lease.start();
  await settled();
  told.report = { ...REPORT, failedPorts: [] };
  for (let times = 0; times < 10; times++) lease.changed();
  await pass(clock, 500);
  t.is(api.of('update').length, 1);
  t.deepEqual(stateOf(api)?.failedPorts, []);
  await lease.stop();
});

test('G5b: stopping tells that it drains, at once, and nothing is written or waits after that', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const { lease } = instance(api, clock);
  lease.start();
  await settled();
  await lease.stop();
  t.true(stateOf(api)?.isDraining);
  const { length } = api.requests;
  t.deepEqual(clock.waiting, []);
  await pass(clock, 20_000);
  t.is(api.requests.length, length);
});

test('stopping cancels a request that has no answer, and waits 2 s for its own', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const { lease } = instance(api, clock);
  lease.start();
  await settled();
  api.delay = () => new Promise(() => {});
  lease.changed();
  await pass(clock, 500);
  const stopping = lease.stop();
  await settled();
  clock.advance(2000);
  await stopping;
  t.deepEqual(clock.waiting, []);
});

test('what a former process of this name has left is written over, with its owner', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const former = instance(api, clock, 'a-0');
  former.lease.start();
  await settled();
  const { lease } = instance(api, clock, 'a-1');
  lease.start();
  await settled();
  t.is(api.objects.get(PATH).spec.holderIdentity, 'a-1');
  t.is(api.objects.get(PATH).metadata.ownerReferences[0].uid, 'uid-of-a-1');
  // The former one still runs, and drains now: it must not speak for its successor.
  await pass(clock, 12_000);
  await former.lease.stop();
  t.is(api.objects.get(PATH).spec.holderIdentity, 'a-1');
  t.false(stateOf(api)?.isDraining);
  await lease.stop();
});

test('a process whose successor is gone for 15 s speaks for itself again', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const { lease } = instance(api, clock);
  lease.start();
  await settled();
  const { spec, ...rest } = api.objects.get(PATH);
  api.put(PATH, { ...rest, spec: { ...spec, holderIdentity: 'thief' } });
  await pass(clock, 15_000);
  t.is(api.objects.get(PATH).spec.holderIdentity, 'thief');
  await pass(clock, 10_000);
  t.is(api.objects.get(PATH).spec.holderIdentity, 'a-1');
  await lease.stop();
});

for (const code of ['conflict', 'exists'] as const) {
  test(`${code} is followed by reading it, and another attempt at the same time`, async (t) => {
    const [api, clock] = [new FakeApi(), turnedClock()];
    const { lease, codes } = instance(api, clock);
    if (code === 'exists') api.answerNext('not_found', () => api.put(PATH, { metadata: {}, spec: {} }));
    lease.start();
    await settled();
    if (code === 'conflict') api.put(PATH, api.objects.get(PATH));
    await pass(clock, 5000);
    t.is(api.objects.get(PATH).spec.holderIdentity, 'a-1');
    t.deepEqual(codes, []);
    await lease.stop();
  });
}

for (const code of ['unavailable', 'forbidden', 'reset', 'timeout'] as const) {
  test(`after ${code} it is tried again in 2 s, and said`, async (t) => {
    const [api, clock] = [new FakeApi(), turnedClock()];
    const { lease, codes } = instance(api, clock);
    api.answerNext(code);
    lease.start();
    await pass(clock, 1750);
    t.is(api.requests.length, 1);
    await pass(clock, 500);
    t.is(api.objects.get(PATH).spec.holderIdentity, 'a-1');
    t.deepEqual(codes, [`instance_lease_${code}`]);
    await lease.stop();
  });
}

test('an instance waits after 429 for as long as the server asks, 4 s at most', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const { lease } = instance(api, clock);
  api.answerNext(failure('throttled', 'busy', 3000), failure('throttled', 'busy', 30_000));
  lease.start();
  await pass(clock, 2500);
  lease.changed();
  await pass(clock, 250);
  t.is(api.requests.length, 1);
  await pass(clock, 4000);
  t.is(api.requests.length, 2);
  await pass(clock, 500);
  t.true(api.objects.has(PATH));
  await lease.stop();
});
