import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { createLeaderLease } from '../../../src/controller/lease/leader-lease.ts';
import { type ApiFailure, failure } from '../../../src/discovery/kubernetes/failure.ts';
import { type TurnedClock, turnedClock } from '../../helpers/turned-clock.ts';
import { FakeApi, settled } from '../fake-api.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/herald/leases/herald-gateway';

function candidate(
  api: FakeApi,
  clock: TurnedClock,
  identity: string,
  random = () => 0,
  isCut = () => false,
) {
  const seen: boolean[] = [];
  const codes: string[] = [];
  const lease = createLeaderLease({
    ...{
      client: cutClient(api, isCut),
      namespace: 'herald',
      name: 'herald-gateway',
      identity,
      clock,
      random,
    },
    changed: () => seen.push(lease.isLeader),
    remark: ({ code }) => codes.push(code),
  });
  return { lease, seen, codes };
}

/** While it is cut, requests have no answer. */
function cutClient({ client }: FakeApi, isCut: () => boolean): FakeApi['client'] {
  const silent = (signal: AbortSignal) =>
    new Promise<ApiFailure>((resolve) => {
      const stop = () => resolve(failure('stopped', 'cancelled'));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop);
    });
  return {
    get: (path, signal) => (isCut() ? silent(signal) : client.get(path, signal)),
    send: (write, signal) => (isCut() ? silent(signal) : client.send(write, signal)),
  };
}

async function pass(clock: TurnedClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    await settled();
  }
}

async function elected(t: ExecutionContext) {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const one = candidate(api, clock, 'one');
  one.lease.start();
  await settled();
  t.true(one.lease.isLeader);
  return { api, clock, one };
}

test('G6: the first instance makes the Lease and leads; it renews every 2 s without reading it', async (t) => {
  const { api, clock, one } = await elected(t);
  const { spec } = api.objects.get(PATH);
  t.like(spec, { holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 });
  t.regex(spec.renewTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  await pass(clock, 20_000);
  t.is(api.of('get').length, 1);
  t.is(api.of('update').length, 10);
  t.true(api.objects.get(PATH).spec.renewTime > spec.renewTime);
  t.is(api.objects.get(PATH).spec.acquireTime, spec.acquireTime);
  t.deepEqual(one.seen, [true]);
  await one.lease.stop();
});

test('G6: another instance waits while the Lease is renewed, and leads once it is released', async (t) => {
  const { api, clock, one } = await elected(t);
  const two = candidate(api, clock, 'two');
  two.lease.start();
  await pass(clock, 60_000);
  t.deepEqual(two.seen, []);
  await one.lease.stop();
  await pass(clock, 2500);
  t.true(two.lease.isLeader);
  t.is(api.objects.get(PATH).spec.leaseTransitions, 1);
  await two.lease.stop();
});

test('a Lease of a holder that is gone is taken after 15 s, however far its clock was off', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const spec = { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime: '2099-01-01T00:00:00.000000Z' };
  api.put(PATH, { metadata: { name: 'herald-gateway', labels: { kept: 'yes' } }, spec });
  const { lease } = candidate(api, clock, 'two');
  lease.start();
  await pass(clock, 14_500);
  t.false(lease.isLeader);
  await pass(clock, 2500);
  t.true(lease.isLeader);
  t.deepEqual(api.objects.get(PATH).metadata.labels, { kept: 'yes' });
  await lease.stop();
});

test('a holder that stops releases the Lease, so that the next one leads at once; no timer is left', async (t) => {
  const { api, clock, one } = await elected(t);
  await one.lease.stop();
  t.false(one.lease.isLeader);
  t.deepEqual(one.seen, [true, false]);
  t.falsy(api.objects.get(PATH).spec.holderIdentity);
  t.deepEqual(clock.waiting, []);
  const two = candidate(api, clock, 'two');
  two.lease.start();
  await settled();
  t.true(two.lease.isLeader);
  await two.lease.stop();
  t.deepEqual(clock.waiting, []);
});

test('a release whose last renewal was carried out without an answer reads the version anew', async (t) => {
  const { api, one } = await elected(t);
  api.put(PATH, api.objects.get(PATH));
  await one.lease.stop();
  t.falsy(api.objects.get(PATH).spec.holderIdentity);
});

test('stopping waits 2 s for the API at most', async (t) => {
  const { api, clock, one } = await elected(t);
  api.delay = () => new Promise(() => {});
  const stopping = one.lease.stop();
  await settled();
  clock.advance(2000);
  await stopping;
  t.deepEqual(clock.waiting, []);
});

test('G6: a Lease that is stolen ends the leadership at the next renewal', async (t) => {
  const { api, clock, one } = await elected(t);
  const stolen = api.objects.get(PATH);
  api.put(PATH, { ...stolen, spec: { ...stolen.spec, holderIdentity: 'thief' } });
  await pass(clock, 2000);
  t.false(one.lease.isLeader);
  t.deepEqual(one.seen, [true, false]);
  t.is(api.objects.get(PATH).spec.holderIdentity, 'thief');
  await one.lease.stop();
  t.is(api.objects.get(PATH).spec.holderIdentity, 'thief');
});

for (const code of ['unavailable', 'throttled', 'forbidden', 'timeout', 'reset'] as const) {
  test(`G6: ${code} for 10 s ends the leadership, and shorter does not`, async (t) => {
    const { api, clock, one } = await elected(t);
    api.answerNext(code, code, code);
    await pass(clock, 8000);
    t.deepEqual(one.seen, [true]);
    api.answerNext(...Array.from({ length: 12 }, () => code));
    await pass(clock, 10_500);
    t.deepEqual(one.seen, [true, false]);
    t.true(one.codes.includes(`lease_${code}`));
    await pass(clock, 30_000);
    t.deepEqual(one.seen, [true, false, true]);
    await one.lease.stop();
  });
}

test('an API that asks to wait is not asked before', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  api.answerNext(failure('throttled', 'busy', 30_000));
  const { lease } = candidate(api, clock, 'one');
  lease.start();
  await pass(clock, 29_500);
  t.is(api.requests.length, 1);
  await pass(clock, 1000);
  t.true(lease.isLeader);
  await lease.stop();
});

test('a request without an answer is given up at the deadline, and the leadership with it', async (t) => {
  const { api, clock, one } = await elected(t);
  api.delay = () => new Promise(() => {});
  await pass(clock, 10_000);
  t.deepEqual(one.seen, [true, false]);
  api.delay = async () => {};
  await pass(clock, 5000);
  t.true(one.lease.isLeader);
  await one.lease.stop();
});

test('a conflict is followed by reading the Lease, and its renewal at the same time', async (t) => {
  const { api, clock, one } = await elected(t);
  api.put(PATH, api.objects.get(PATH));
  await pass(clock, 2000);
  t.is(api.of('get').length, 2);
  t.is(api.of('update').length, 2);
  t.deepEqual(one.seen, [true]);
  await one.lease.stop();
});

test('two that make the Lease at the same time: one leads', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const both = ['one', 'two'].map((identity) => candidate(api, clock, identity));
  for (const { lease } of both) lease.start();
  await pass(clock, 5000);
  t.deepEqual(both.map(({ lease }) => lease.isLeader).sort(), [false, true]);
  t.true(both.every(({ codes }) => codes.every((code) => code === 'leader_elected')));
  for (const { lease } of both) await lease.stop();
});

/** Numbers from 0 to 1 that depend on the seed alone. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('G6: under any delays, failures and lost answers, never do two lead at the same time', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const chance = chanceOf(seed);
      const [api, clock] = [new FakeApi(), turnedClock()];
      api.delay = () =>
        new Promise((resolve) => clock.after(chance() < 0.85 ? 300 * chance() : 12_000 * chance(), resolve));
      const cuts = new Set<string>();
      const all = ['one', 'two', 'three'].map((identity) =>
        candidate(api, clock, identity, chance, () => cuts.has(identity)),
      );
      for (const { lease } of all) lease.start();
      let led = 0;
      for (let step = 0; step < 400; step++) {
        // For half a minute at most one of them cannot reach the API.
        if (step % 120 === 0) cuts.clear();
        if (step % 120 === 40) cuts.add(['one', 'two', 'three'][Math.floor(3 * chance())]!);
        if (chance() < 0.05) api.answerNext(chance() < 0.5 ? 'lost' : 'unavailable');
        clock.advance(250);
        await new Promise(setImmediate);
        const leaders = all.filter(({ lease }) => lease.isLeader).length;
        t.true(leaders <= 1);
        led += leaders;
      }
      api.delay = async () => {};
      cuts.clear();
      for (const { lease } of all) await lease.stop();
      clock.advance(30_000);
      t.true(led > 0);
      t.deepEqual(clock.waiting, []);
    }),
    { numRuns: 25 },
  );
});

test('what the Lease says is known once the API has answered, and annotations are written beside those of others', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  api.put(PATH, { metadata: { annotations: { theirs: 'kept', ports: 'before' } }, spec: {} });
  let known = 0;
  let annotations: { [name: string]: string } = {};
  const lease = createLeaderLease({
    ...{ client: api.client, namespace: 'herald', name: 'herald-gateway', identity: 'one', clock },
    random: () => 0,
    annotations: () => annotations,
    known: () => known++,
    changed: () => {},
    remark: () => {},
  });
  t.is(lease.object, undefined);
  api.answerNext('refused', failure('unauthorized', 'no token yet'));
  lease.start();
  await settled();
  t.is(lease.object, undefined);
  await pass(clock, 6000);
  t.is(known, 1);
  t.like(lease.object, { metadata: { annotations: { theirs: 'kept', ports: 'before' } } });
  annotations = { ports: 'now' };
  await pass(clock, 2000);
  t.deepEqual(api.objects.get(PATH).metadata.annotations, { theirs: 'kept', ports: 'now' });
  await lease.stop();
});
