import test from 'ava';
import type { ApiWrite } from '../../../../src/discovery/kubernetes/api-client.ts';
import { PATH, startClient } from '../client-parts.ts';

// What a Lease needs of the connections: others take an instance for dead that does not renew it within 15 s (G5b).

const LATE_MS = 2000;
const PONG_MS = 3000;
const WRITE: ApiWrite = {
  verb: 'create',
  path: '/api/v1/namespaces/shop/events',
  body: { apiVersion: 'v1', kind: 'Event', metadata: { name: 'one', namespace: 'shop' } },
};

test('HTTP/2: a connection whose peer went silent is given up 5 s after a call was sent, and the next one is another', async (t) => {
  const { api, client, clock, relay, watch, list, signal } = await startClient(t, 'h2', { isRelayed: true });
  const { opened, ended } = watch();
  await opened;
  relay!.freezeOpen();
  const call = client.get(PATH, signal);
  await clock.until(LATE_MS);
  clock.advance(LATE_MS);
  await clock.until(PONG_MS);
  t.is(await list(), 'listed', 'it takes nothing until it has answered, and another one does');
  clock.advance(PONG_MS);
  t.like(await ended, { code: 'timeout' });
  t.like(await call, { code: 'timeout' });
  t.is(api.mostConnections(), 2);
});

test('HTTP/2: a write on a connection that went silent is not sent again', async (t) => {
  const { api, client, clock, relay, list, signal } = await startClient(t, 'h2', { isRelayed: true });
  t.is(await list(), 'listed');
  relay!.freezeOpen();
  const call = client.send(WRITE, signal);
  await clock.until(LATE_MS);
  clock.advance(LATE_MS);
  await clock.until(PONG_MS);
  clock.advance(PONG_MS);
  t.like(await call, { code: 'timeout', gated: false });
  t.is(api.requests.filter(({ verb }) => verb === 'create').length, 0);
  t.is(await list(), 'listed', 'nobody waits for a dial');
});

test('HTTP/2: a connection whose peer is only slow stays, and takes requests again once it has answered a ping', async (t) => {
  const { api, client, clock, watch, list, signal } = await startClient(t, 'h2');
  const { opened } = watch();
  await opened;
  api.answerNext('create', 'Event', { silent: true });
  const call = client.send(WRITE, signal);
  await api.until(() => api.requests.some(({ verb }) => verb === 'create'));
  clock.advance(LATE_MS);
  while (clock.waiting.includes(PONG_MS)) await new Promise(setImmediate);
  t.is(await list(), 'listed');
  clock.advance(30_000);
  t.like(await call, { code: 'timeout' });
  t.deepEqual([api.mostConnections(), api.openWatches('Service')], [1, 1]);
});

for (const [streams, most] of [
  [2, 6],
  [5, 4],
  [10, 3],
] as const) {
  test(`G9: ten watches and calls beside them need at most ${most} connections where the server has ${streams} streams on each`, async (t) => {
    const { api, client, watch, list, signal } = await startClient(t, 'h2', { maxStreams: streams });
    for (let count = 0; count < 10; count++) watch();
    await api.opened('Service', 10);
    const calls = [client.get(PATH, signal), client.get(PATH, signal)];
    for (const reply of await Promise.all(calls)) t.true('object' in reply);
    t.is(await list(), 'listed');
    t.true(api.mostConnections() <= most, `${api.mostConnections()}`);
  });
}

test('a call that ends while no connection can be made says that it is for this reason', async (t) => {
  const { api, client, signal } = await startClient(t, 'h2');
  await api.close();
  t.like(await client.get(PATH, signal), { code: 'refused', gated: true });
  const abort = new AbortController();
  const waiting = client.send(WRITE, abort.signal);
  abort.abort();
  t.like(await waiting, { code: 'stopped', gated: true });
  await api.open();
});
