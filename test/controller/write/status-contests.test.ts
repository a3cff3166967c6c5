import test from 'ava';
import type { Json } from '../fake-api.ts';
import { INGRESS } from '../objects.ts';
import { servicePath, serviceWish, startWriter } from './status-writer-parts.ts';

// What others make of our statuses: an API that drops a field, and controllers that write the same status.

/** An API server that does not know `ipMode`. */
function dropMode(object: Json): Json {
  for (const each of object.status?.loadBalancer?.ingress ?? []) delete each.ipMode;
  return object;
}

const ingressOf = (object: Json) => object.status?.loadBalancer?.ingress ?? [];

test('G5: an API that keeps ipMode is known after the first write', async (t) => {
  const { want, watch, pass, service, writer, told } = startWriter(t);
  service('web');
  watch();
  t.is(writer.keepsIpMode, null);
  want(serviceWish('web'));
  await pass(100);
  t.true(writer.keepsIpMode);
  t.is(told.changes, 1);
});

test('G5: where ipMode is dropped the address is taken back at once, and no other is tried', async (t) => {
  const { api, want, watch, pass, service, writer, told } = startWriter(t);
  api.admit = dropMode;
  for (const name of ['a', 'b', 'c']) service(name);
  watch();
  want(...['a', 'b', 'c'].map((name) => serviceWish(name)));
  await pass(3000);
  t.false(writer.keepsIpMode);
  t.is(told.changes, 1);
  t.is(api.of('patch').length, 2);
  t.deepEqual([...api.objects.values()].flatMap(ingressOf), []);
  // The translation does not know of it yet.
  watch();
  want(...['a', 'b', 'c'].map((name) => serviceWish(name)));
  await pass(3000);
  t.is(api.of('patch').length, 2);
});

test('G5: an address that cannot be taken back at once is taken back later', async (t) => {
  const { api, want, watch, pass, service } = startWriter(t);
  api.admit = dropMode;
  service('web');
  watch();
  api.answerNext(() => {}, 'unavailable');
  want(serviceWish('web'));
  await pass(500);
  t.is(ingressOf(api.objects.get(servicePath('web'))).length, 1);
  watch();
  await pass(3000);
  t.deepEqual(ingressOf(api.objects.get(servicePath('web'))), []);
});

test('G5: an API that drops ipMode later on, after an update, is noticed too', async (t) => {
  const { api, want, watch, pass, service, writer } = startWriter(t);
  service('a');
  service('b');
  watch();
  want(serviceWish('a'));
  await pass(200);
  t.true(writer.keepsIpMode);
  api.admit = dropMode;
  want(serviceWish('a'), serviceWish('b'));
  await pass(200);
  t.false(writer.keepsIpMode);
  // And what was published before is withdrawn.
  watch();
  await pass(1000);
  t.deepEqual([...api.objects.values()].flatMap(ingressOf), []);
});

test('G5: after the lease was lost, it is tried anew', async (t) => {
  const { api, want, watch, pass, service, writer, lead } = startWriter(t);
  api.admit = dropMode;
  service('web');
  watch();
  want(serviceWish('web'));
  await pass(500);
  t.false(writer.keepsIpMode);
  lead(false);
  t.is(writer.keepsIpMode, null);
  api.admit = (object) => object;
  watch();
  lead(true);
  await pass(500);
  t.true(writer.keepsIpMode);
  t.deepEqual(ingressOf(api.objects.get(servicePath('web'))), [INGRESS]);
});

test('a host name needs no ipMode, so nothing is learned from it', async (t) => {
  const { api, want, watch, pass, service, writer } = startWriter(t);
  api.admit = dropMode;
  service('web');
  watch();
  want(serviceWish('web', [{ hostname: 'x.example', ports: [] }]));
  await pass(500);
  t.is(writer.keepsIpMode, null);
  t.is(api.of('patch').length, 1);
});

test('a status that another controller keeps rewriting: no war, ever longer waits, and it is said once', async (t) => {
  const { api, want, watch, pass, service, writer, codes, told } = startWriter(t);
  service('web');
  watch();
  want(serviceWish('web'));
  await pass(200);
  const changes = told.changes;
  for (let second = 0; second < 600; second++) {
    if (ingressOf(api.objects.get(servicePath('web'))).length > 0) {
      watch();
      service('web', { loadBalancer: { ingress: [{ ip: '198.51.100.9', ipMode: 'VIP', ports: [] }] } });
    }
    watch();
    await pass(1000);
  }
  const { length } = api.of('patch');
  t.true(length >= 6 && length <= 12, `${length} writes in ten minutes`);
  t.deepEqual(codes, ['status_contested']);
  t.deepEqual(
    writer.contested.map(({ reason, ref }) => [reason, ref.name]),
    [['StatusContested', 'web']],
  );
  t.is(told.changes, changes + 1);
  // The other one is gone: it is written once more, and after ten minutes the Event does not hold any more.
  await pass(300_000);
  watch();
  t.deepEqual(ingressOf(api.objects.get(servicePath('web'))), [INGRESS]);
  await pass(650_000);
  watch();
  t.deepEqual(writer.contested, []);
  t.is(api.of('patch').length, length + 1);
});

test('an object that ceases is not contested any more', async (t) => {
  const { want, watch, pass, service, writer } = startWriter(t);
  service('web');
  watch();
  want(serviceWish('web'));
  for (let times = 0; times < 5; times++) {
    await pass(200);
    watch();
    service('web');
    watch();
  }
  t.is(writer.contested.length, 1);
  want();
  t.is(writer.contested.length, 0);
});
