import test from 'ava';
import type { FakeApi } from '../fake-api.ts';
import { servicePath, serviceWish, startWriter } from './status-writer-parts.ts';

// What changes between a request and its answer: the wish, or the status by another controller.

const plain = (name: string) =>
  serviceWish(name, [{ hostname: 'x.example', ports: [{ port: 80, protocol: 'TCP' }] }]);

/** Holds each request back until `open` is called; it is carried out before that. */
function slowAnswers(api: FakeApi): () => void {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let isCarriedOut = false;
  api.delay = () => {
    if (isCarriedOut) return gate;
    isCarriedOut = true;
    return Promise.resolve();
  };
  return () => {
    api.delay = async () => {};
    open();
  };
}

test('G6: a status that is wanted as it was while another one is being written is written again', async (t) => {
  const { api, want, watch, pass, service } = startWriter(t);
  service('web');
  watch();
  const open = slowAnswers(api);
  want(plain('web'));
  await pass(100);
  want(serviceWish('web', []));
  await pass(100);
  open();
  await pass(1000);
  watch();
  await pass(1000);
  t.deepEqual(api.objects.get(servicePath('web')).status.loadBalancer?.ingress ?? [], []);
});

test('G6: what another controller writes before our answer is back is seen', async (t) => {
  const { api, want, watch, pass, service, counts } = startWriter(t);
  service('web');
  watch();
  const open = slowAnswers(api);
  want(plain('web'));
  await pass(100);
  service('web', { loadBalancer: { ingress: [{ hostname: 'other.example' }] } });
  watch();
  await pass(100);
  open();
  await pass(1000);
  t.is(api.objects.get(servicePath('web')).status.loadBalancer.ingress[0].hostname, 'x.example');
  t.deepEqual(counts, { written: 2 });
});

test('a controller that is always faster than our answer is a contest too, and it is said at once', async (t) => {
  const { api, want, watch, pass, service, writer, told } = startWriter(t);
  service('web');
  watch();
  let isBusy = false;
  api.delay = async () => {
    // The rival writes between our request and its answer, and the watch tells of it.
    if (isBusy) {
      service('web', { loadBalancer: { ingress: [{ hostname: 'other.example' }] } });
      watch();
    }
    isBusy = !isBusy;
  };
  want(plain('web'));
  await pass(5000);
  t.deepEqual(
    writer.contested.map(({ reason }) => reason),
    ['StatusContested'],
  );
  t.is(told.changes, 1);
  t.true(api.of('patch').length <= 5, `${api.of('patch').length}`);
});
