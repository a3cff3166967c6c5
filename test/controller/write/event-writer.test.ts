import test, { type ExecutionContext } from 'ava';
import type { EventWish } from '../../../src/controller/translate/translation.ts';
import { createEventWriter } from '../../../src/controller/write/event-writer.ts';
import { failure } from '../../../src/discovery/kubernetes/failure.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { FakeApi, settled } from '../fake-api.ts';
import { refOf } from '../objects.ts';

const HOUR = 3_600_000;

function startWriter(t: ExecutionContext) {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const told = { isLeader: true };
  const codes: string[] = [];
  const writer = createEventWriter({
    ...{ client: api.client, component: 'herald-gateway', instance: 'a', node: 'node-a', clock },
    random: () => 0,
    isLeader: () => told.isLeader,
    remark: ({ code }) => codes.push(code),
  });
  t.teardown(() => {
    writer.stop();
    if (clock.waiting.length > 0) throw new Error(`timers are left: ${clock.waiting}`);
  });
  async function pass(ms: number, step = 100): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(step);
      await settled();
    }
  }
  return { api, clock, told, codes, writer, pass };
}

const event = (reason: string, message = 'a sentence', kind = 'Service'): EventWish => ({
  ...{ ref: refOf(kind), type: 'Warning', reason, message },
});

test('an Event names its object, its reason, and who reports it', async (t) => {
  const { api, writer, pass } = startWriter(t);
  writer.want([event('PortConflict')]);
  await pass(100);
  const { path, body } = api.of('create')[0]!;
  t.is(path, '/api/v1/namespaces/shop/events');
  t.like(body, {
    ...{ apiVersion: 'v1', kind: 'Event', type: 'Warning', reason: 'PortConflict', message: 'a sentence' },
    involvedObject: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web', uid: 'u1' },
    ...{ count: 1, firstTimestamp: '2023-11-14T22:13:20Z', lastTimestamp: '2023-11-14T22:13:20Z' },
    source: { component: 'herald-gateway', host: 'node-a' },
    ...{ reportingComponent: 'herald-gateway', reportingInstance: 'a' },
  });
});

test('an Event of an object of the cluster is in the namespace default', async (t) => {
  const { api, writer, pass } = startWriter(t);
  writer.want([event('X', 'x', 'GatewayClass')]);
  await pass(100);
  t.is(api.of('create')[0]?.path, '/api/v1/namespaces/default/events');
});

test('an Event is written once an hour while it holds, however often it is wanted', async (t) => {
  const { api, writer, pass } = startWriter(t);
  for (let times = 0; times < 10; times++) {
    writer.want([event('PortConflict')]);
    await pass(100);
  }
  t.is(api.requests.length, 1);
  await pass(HOUR - 60_000, 60_000);
  t.is(api.requests.length, 1);
  await pass(120_000, 60_000);
  t.is(api.requests.length, 2);
  await pass(HOUR, 60_000);
  t.is(api.requests.length, 3);
});

test('one that ceases and comes back within the hour is not repeated before its end', async (t) => {
  const { api, writer, pass } = startWriter(t);
  for (let times = 0; times < 50; times++) {
    writer.want(times % 2 === 0 ? [event('PortConflict')] : []);
    await pass(60_000, 30_000);
  }
  t.is(api.requests.length, 1);
  writer.want([]);
  await pass(2 * HOUR, 60_000);
  t.is(api.requests.length, 1);
  writer.want([event('PortConflict')]);
  await pass(100);
  t.is(api.requests.length, 2);
});

test('another reason, message or object is another Event', async (t) => {
  const { api, writer, pass } = startWriter(t);
  const other = { ...event('A'), ref: refOf('Service', 'u2') };
  writer.want([event('A'), event('B'), event('A', 'another'), other, event('A')]);
  await pass(2000);
  t.is(api.requests.length, 4);
  t.is(new Set(api.objects.keys()).size, 4);
});

test('only the leader writes, but for what only this instance knows', async (t) => {
  const { api, writer, pass, told } = startWriter(t);
  told.isLeader = false;
  writer.want(
    ['PortConflict', 'PortUnavailable', 'Bypassed', 'NodeCannotPresent'].map((reason) => event(reason)),
  );
  await pass(2000);
  t.deepEqual(api.requests.map(({ body }) => body.reason).sort(), ['NodeCannotPresent', 'PortUnavailable']);
  told.isLeader = true;
  writer.leadershipChanged();
  await pass(1000);
  t.deepEqual(api.requests.map(({ body }) => body.reason).sort(), [
    'Bypassed',
    'NodeCannotPresent',
    'PortConflict',
    'PortUnavailable',
  ]);
});

test('an Event that is due while the lease is lost is not written', async (t) => {
  const { api, writer, pass, told } = startWriter(t);
  writer.want(['A', 'B', 'C', 'D'].map((reason) => event(reason)));
  told.isLeader = false;
  await pass(5000);
  t.is(api.requests.length, 1);
});

test('Events are written at a bounded rate', async (t) => {
  const { api, writer, pass } = startWriter(t);
  writer.want(
    Array.from({ length: 100 }, (_, at) => ({
      ...event(`R${at}`),
      ref: refOf('Service', `u${at}`, `n${at}`),
    })),
  );
  await pass(2000);
  t.true(api.requests.length <= 11, `${api.requests.length}`);
  await pass(20_000);
  t.is(api.requests.length, 100);
});

test('memory is bounded: of more than ten thousand the others wait until one ceases', async (t) => {
  const { api, clock, writer } = startWriter(t);
  const all = Array.from({ length: 10_001 }, (_, at) => ({
    ...event(`R${at}`),
    ref: refOf('Service', `u${at}`, `n${at}`),
  }));
  writer.want(all.slice(0, 10_000));
  writer.want(all);
  writer.want(all.slice(1));
  await settled();
  clock.advance(1000);
  await settled();
  t.true(api.requests.some(({ body }) => body.reason === 'R10000'));
});

test('a name and a message are cut to what the API accepts', async (t) => {
  const { api, writer, pass } = startWriter(t);
  const ref = refOf('Service', 'u1', `${'n'.repeat(235)}-${'n'.repeat(17)}`);
  writer.want([{ ...event('A', 'ü'.repeat(2000)), ref }]);
  await pass(100);
  const { metadata, message } = api.requests[0]!.body;
  t.regex(metadata.name, /^n{235}\.[0-9a-f]{16}$/);
  t.true(Buffer.byteLength(message) <= 1024);
  t.regex(message, /^ü+…$/);
});

for (const code of ['not_found', 'invalid', 'exists', 'rejected'] as const) {
  test(`after ${code} the Event is left alone for an hour`, async (t) => {
    const { api, writer, pass } = startWriter(t);
    api.answerNext(code);
    writer.want([event('A')]);
    await pass(HOUR - 60_000, 60_000);
    t.is(api.requests.length, 1);
    await pass(120_000, 60_000);
    t.is(api.requests.length, 2);
  });
}

for (const code of ['unavailable', 'refused', 'reset', 'unauthorized'] as const) {
  test(`after ${code} the Event is tried again until the server is back`, async (t) => {
    const { api, writer, pass } = startWriter(t);
    api.answerNext(...Array.from({ length: 8 }, () => code));
    writer.want([event('A')]);
    await pass(HOUR / 2, 1000);
    t.is(api.requests.length, 9);
  });
}

test('an object has at most 32 Events in an hour, however its mistakes change, and others have theirs', async (t) => {
  const { api, writer, pass } = startWriter(t);
  const other = { ...event('A'), ref: refOf('Service', 'u2', 'other') };
  for (let turn = 0; turn < 100; turn++) {
    // It is deleted and made again now and then.
    const ref = refOf('Service', `u${turn >> 4}`);
    writer.want(
      Array.from({ length: 16 }, (_, at) => ({ ...event('AnnotationInvalid', `${turn} ${at}`), ref })),
    );
    await pass(4000, 200);
  }
  t.is(api.requests.length, 32);
  writer.want([other]);
  await pass(1000);
  t.is(api.requests.length, 33);
  await pass(HOUR, 60_000);
  writer.want([event('AnnotationInvalid', 'later')]);
  await pass(1000);
  t.is(api.requests.length, 34 + 1, 'the other one is repeated, and this one is written');
});

for (const code of ['forbidden', 'bad_answer'] as const) {
  test(`after ${code} the Event is tried again, three times at most`, async (t) => {
    const { api, writer, pass, codes } = startWriter(t);
    api.answerNext(code, code, code);
    writer.want([event('A')]);
    await pass(60_000, 1000);
    t.is(api.requests.length, 3);
    t.deepEqual(new Set(codes), new Set([`event_${code}`]));
    await pass(HOUR, 60_000);
    t.is(api.requests.length, 4);
  });
}

test('an Event waits after 429 for as long as the server asks', async (t) => {
  const { api, writer, pass } = startWriter(t);
  api.answerNext(failure('throttled', 'busy', 5000));
  writer.want([event('A')]);
  await pass(4800);
  t.is(api.requests.length, 1);
  await pass(400);
  t.is(api.requests.length, 2);
});
