import test from 'ava';
import type { StatusWish } from '../../../src/controller/translate/translation.ts';
import { failure } from '../../../src/discovery/kubernetes/failure.ts';
import { type Json, settled } from '../fake-api.ts';
import { CONTROLLER, INGRESS, refOf, wishOf } from '../objects.ts';
import { CLASS_PATH, ROUTE_PATH, servicePath, serviceWish, startWriter } from './status-writer-parts.ts';

const plain = (name: string, port = 80) =>
  serviceWish(name, [{ hostname: 'x.example', ports: [{ port, protocol: 'TCP' }] }]);

test('G6: a status is written once, and not again before the watch has told of it', async (t) => {
  const { api, want, watch, pass, service, counts } = startWriter(t);
  service('web');
  watch();
  want(serviceWish('web'));
  await pass(200);
  t.deepEqual(api.objects.get(servicePath('web')).status.loadBalancer.ingress, [INGRESS]);
  want(serviceWish('web'));
  await pass(500);
  watch();
  await pass(5000);
  t.is(api.of('patch').length, 1);
  t.deepEqual(counts, { written: 1 });
});

test('G6: nothing is written while another instance leads, and what differs once this one does', async (t) => {
  const { api, want, watch, pass, service, lead } = startWriter(t);
  lead(false);
  service('web');
  watch();
  want(serviceWish('web'));
  await pass(1000);
  t.is(api.requests.length, 0);
  lead(true);
  await pass(100);
  t.is(api.of('patch').length, 1);
});

test('G6: a lost lease stops at once: writes under way are cancelled, and no more begin', async (t) => {
  const { api, want, watch, pass, service, lead, counts } = startWriter(t);
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) service(name);
  watch();
  api.delay = () => new Promise(() => {});
  want(...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => plain(name)));
  await pass(200);
  const { length } = api.requests;
  lead(false);
  await pass(2000);
  t.is(api.requests.length, length);
  t.deepEqual(counts, {});
  api.delay = async () => {};
  lead(true);
  await pass(1000);
  t.is(counts.written, 6);
});

test('G6: at most ten a second, the newest first', async (t) => {
  const { api, want, watch, pass, service } = startWriter(t);
  const names = Array.from({ length: 30 }, (_, at) => `s${at}`);
  for (const name of names) service(name);
  watch();
  want(...names.slice(0, 29).map((name) => plain(name)));
  await pass(200);
  want(...names.map((name) => plain(name)));
  await pass(100);
  t.true(api.requests.at(-1)?.path.includes('/s29/'));
  await pass(700);
  t.true(api.of('patch').length <= 11);
  await pass(2000);
  t.is(api.of('patch').length, 30);
});

test('a wish that changes while it is being written is written after it', async (t) => {
  const { api, clock, want, watch, pass, service } = startWriter(t);
  service('web');
  watch();
  api.delay = () => new Promise((resolve) => clock.after(300, resolve));
  want(plain('web', 80));
  await pass(100);
  want(plain('web', 81));
  await pass(2000);
  t.is(api.objects.get(servicePath('web')).status.loadBalancer.ingress[0].ports[0].port, 81);
  t.is(api.of('patch').length, 2);
});

test('an object that is gone, or made anew, is left alone', async (t) => {
  const { api, want, watch, pass, service, counts } = startWriter(t);
  service('web');
  service('new');
  watch();
  api.objects.delete(servicePath('web'));
  api.put(servicePath('new'), { metadata: { namespace: 'shop', name: 'new', uid: 'another' }, spec: {} });
  want(plain('web'), plain('new'));
  await pass(5000);
  t.deepEqual(counts, { gone: 1, conflict: 1 });
  t.falsy(api.objects.get(servicePath('new')).status);
});

// ── failures ──

test('429 stops all writes for as long as the server asks', async (t) => {
  const { api, want, watch, pass, service, counts, codes } = startWriter(t);
  service('a');
  service('b');
  watch();
  api.answerNext(failure('throttled', 'busy', 3000));
  want(plain('a'));
  await pass(100);
  want(plain('a'), plain('b'));
  await pass(2800);
  t.is(api.of('patch').length, 1);
  await pass(500);
  t.deepEqual(counts, { throttled: 1, written: 2 });
  t.deepEqual(codes, ['status_throttled']);
});

for (const code of ['unavailable', 'forbidden', 'invalid'] as const) {
  test(`${code} delays this object ever longer, and no other`, async (t) => {
    const { api, want, watch, pass, service, counts, codes } = startWriter(t);
    service('a');
    service('b');
    watch();
    api.answerNext(code);
    want(plain('a'));
    await settled();
    want(plain('a'), plain('b'));
    await pass(500);
    t.is(counts.written, 1);
    api.answerNext(code);
    await pass(1000);
    t.is(api.of('patch').length, 3);
    await pass(1400);
    t.is(api.of('patch').length, 3);
    await pass(1000);
    t.is(counts.written, 2);
    t.is(counts[code === 'forbidden' ? 'forbidden' : 'failed'], 2);
    t.deepEqual(new Set(codes), new Set([`status_${code}`]));
  });
}

for (const code of ['refused', 'reset', 'timeout', 'unauthorized'] as const) {
  test(`${code} is tried again, with all others, after a wait`, async (t) => {
    const { api, want, watch, pass, service, counts } = startWriter(t);
    service('a');
    service('b');
    watch();
    api.answerNext(code);
    want(plain('a'));
    await settled();
    want(plain('a'), plain('b'));
    await pass(400);
    t.is(api.of('patch').length, 1);
    await pass(500);
    t.deepEqual(counts, { failed: 1, written: 2 });
  });
}

test('a write whose answer was lost is compared with the watch, and not written twice', async (t) => {
  const { api, want, watch, pass, service, counts } = startWriter(t);
  service('web');
  watch();
  api.answerNext('lost');
  want(plain('web'));
  await pass(100);
  watch();
  await pass(2000);
  t.deepEqual(counts, { failed: 1 });
});

// ── routes ──

const routeWish: StatusWish = {
  ...{ of: 'Route', ref: refOf('TCPRoute'), generation: 1 },
  parents: [
    {
      parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' },
      conditions: [wishOf('Accepted')],
    },
  ],
};
const OTHER = {
  parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'x' },
  controllerName: 'example.com/other',
  conditions: [],
};
const route = (...parents: Json[]) => ({
  metadata: { namespace: 'shop', name: 'web', uid: 'u1' },
  status: { parents },
});

test('G6: a conflict at a route is read and written again, and keeps what the other has written', async (t) => {
  const { api, want, watch, pass, counts } = startWriter(t);
  api.put(ROUTE_PATH, route());
  watch();
  api.put(ROUTE_PATH, route(OTHER));
  want(routeWish);
  await pass(500);
  const { parents } = api.objects.get(ROUTE_PATH).status;
  t.deepEqual(
    parents.map(({ controllerName }: Json) => controllerName),
    ['example.com/other', CONTROLLER],
  );
  t.deepEqual(counts, { conflict: 1, written: 1 });
  t.is(api.of('get').length, 1);
  watch();
  await pass(1000);
  t.is(api.of('patch').length, 2);
});

test('conflicts without an end are tried at once a few times, and then ever more rarely', async (t) => {
  const { api, want, watch, pass } = startWriter(t);
  api.put(ROUTE_PATH, route());
  watch();
  const change = () => {
    api.put(ROUTE_PATH, route(OTHER));
  };
  for (let times = 0; times < 100; times++) api.answerNext(change, () => {});
  want(routeWish);
  await pass(30_000);
  t.true(api.of('patch').length > 5);
  t.true(api.of('patch').length < 12, `${api.of('patch').length}`);
});

test('a conflict with an object that was deleted meanwhile ends the matter', async (t) => {
  const { api, want, watch, pass } = startWriter(t);
  api.put(ROUTE_PATH, route());
  watch();
  api.answerNext(
    () => api.put(ROUTE_PATH, route(OTHER)),
    () => api.objects.delete(ROUTE_PATH),
  );
  want(routeWish);
  await pass(2000);
  t.is(api.requests.length, 2);
});

test('a GatewayClass whose definition knows no supportedFeatures is written without them', async (t) => {
  const { api, want, watch, pass, counts } = startWriter(t);
  api.put(CLASS_PATH, { metadata: { name: 'web', uid: 'u1' } });
  watch();
  api.answerNext(failure('unavailable', '.status.supportedFeatures: field not declared in schema'));
  const wish: StatusWish = {
    ...{ of: 'GatewayClass', ref: refOf('GatewayClass'), generation: 1, conditions: [wishOf('Accepted')] },
    supportedFeatures: ['Gateway'],
  };
  want(wish);
  await pass(500);
  t.deepEqual(counts, { failed: 1, written: 1 });
  watch();
  await pass(1000);
  t.is(api.of('apply').length, 2);
});
