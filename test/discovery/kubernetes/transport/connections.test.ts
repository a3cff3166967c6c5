import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { createKubernetesClient } from '../../../../src/discovery/kubernetes/api-client.ts';
import { CERTIFICATE } from '../../../helpers/certificate.ts';
import { createConditions } from '../../../helpers/conditions.ts';
import { service } from '../../../helpers/kubernetes-objects.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';
import { PATH, startClient } from '../client-parts.ts';
import { FIRST_MS, plainAccess } from '../watch-parts.ts';

test('HTTP/2: lists and watches share one connection, and a server of few streams gets another', async (t) => {
  const { api, list, watch } = await startClient(t, 'h2', { maxStreams: 40 });
  for (let count = 1; count <= 75; count++) {
    watch();
    if (count % 10 === 0) t.is(await list(), 'listed');
  }
  await api.watched('Service', 75);
  await api.opened('Service', 75);
  t.is(api.connections(), 3, '10 of 40 streams are left to lists');
  t.is(await list(), 'listed');
});

test('HTTP/2: a server of one stream is asked on connections of their own', async (t) => {
  const { api, list, watch } = await startClient(t, 'h2', { maxStreams: 1 });
  watch();
  await api.watched('Service', 1);
  t.is(await list(), 'listed');
  t.is(api.openWatches('Service'), 1);
});

test('HTTP/2: after a GOAWAY watches go on, and what is asked next goes over another connection', async (t) => {
  const { api, list, watch } = await startClient(t, 'h2');
  const { lines, opened, ended } = watch(1);
  await opened;
  api.goAway();
  for (let time = 0; time < 3; time++) t.is(await list(), 'listed');
  t.true(api.connections() <= 2);
  api.put(service());
  t.is(await ended, null);
  t.is(lines.length, 1);
});

test('HTTP/2: a connection that closes before its first response counts as a failed dial', async (t) => {
  const { api, client, clock, signal } = await startClient(t, 'h2');
  api.answerNext('list', 'Service', { silent: true });
  api.answerNext('list', 'Service', { silent: true });
  const lists = [client.list(PATH, signal), client.list(PATH, signal)];
  await api.listed('Service', 2);
  api.dropConnections();
  const [one, other] = await Promise.all(lists);
  t.like(one, { code: 'reset', gated: true });
  t.is(one, other);
  t.true(clock.waiting.includes(FIRST_MS));
});

test('HTTP/2: a watch whose connection ends has failed, although its stream emits end', async (t) => {
  const { api, watch } = await startClient(t, 'h2');
  const { opened, ended } = watch();
  await opened;
  const closed = api.close();
  t.like(await ended, { code: 'reset' });
  await closed;
  await api.open();
});

test('HTTP/2: a peer that went silent is found out by a ping within 45 s', async (t) => {
  const { clock, watch, relay } = await startClient(t, 'h2', { isRelayed: true });
  const { opened, ended } = watch();
  await opened;
  relay!.freeze();
  clock.advance(30_000);
  await clock.until(15_000);
  clock.advance(15_000);
  t.like(await ended, { code: 'timeout' });
});

test('HTTP/2: a peer that went silent after a GOAWAY is found out as well, and leaves no socket', async (t) => {
  const { api, client, clock, watch, list, relay } = await startClient(t, 'h2', { isRelayed: true });
  const { opened, ended } = watch();
  await opened;
  api.goAway();
  while (api.connections() < 2) t.is(await list(), 'listed');
  relay!.freeze();
  clock.advance(30_000);
  await clock.until(15_000, 2);
  clock.advance(15_000);
  t.like(await ended, { code: 'timeout' });
  client.stop();
  while (clock.waiting.length > 0) await new Promise(setImmediate);
  await relay!.left();
});

/** Servers that accept connections but send too little, as long as the client waits. */
const DUMB: readonly (readonly [what: string, listen: (taken: (socket: Socket) => void) => Server])[] = [
  ['accepts and says nothing', (taken) => createServer(taken)],
  [
    'ends its handshake and says nothing of HTTP/2',
    (taken) => createTlsServer({ ...CERTIFICATE, ALPNProtocols: ['h2'] }, taken),
  ],
];

for (const [what, listen] of DUMB) {
  const start = async (t: ExecutionContext) => {
    const sockets = new Set<Socket>();
    const conditions = createConditions();
    const server = listen((socket) => {
      sockets.add(socket.resume());
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        conditions.touch();
      });
      conditions.touch();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const clock = turnedClock();
    const access = plainAccess(new URL(`https://127.0.0.1:${port}`), { insecure: true });
    const client = createKubernetesClient(access, { clock, random: () => 0 });
    t.teardown(() => {
      client.stop();
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const listing = client.list(PATH, new AbortController().signal);
    await conditions.until(() => sockets.size === 1);
    return { client, clock, listing, gone: () => conditions.until(() => sockets.size === 0) };
  };

  test(`a server that ${what} is given up after 15 s`, async (t) => {
    const { client, clock, listing, gone } = await start(t);
    await clock.until(15_000);
    clock.advance(15_000);
    t.like(await listing, { code: 'timeout', gated: true });
    await gone();
    client.stop();
    t.deepEqual(clock.waiting, []);
  });

  test(`a stop does not wait for a server that ${what}`, async (t) => {
    const { client, clock, listing, gone } = await start(t);
    client.stop();
    t.like(await listing, { code: 'stopped' });
    await gone();
    while (clock.waiting.length > 0) await new Promise(setImmediate);
    t.pass();
  });
}

test('while the server is away one attempt is made for all who wait, after a wait that doubles', async (t) => {
  const { api, client, clock, signal } = await startClient(t, 'h2');
  await api.close();
  const ask = () => Promise.all(Array.from({ length: 5 }, () => client.list(PATH, signal)));
  const first = await ask();
  t.true(first.every((reply) => 'code' in reply && reply.code === 'refused' && reply === first[0]));
  const second = ask();
  await clock.until(FIRST_MS);
  clock.advance(FIRST_MS);
  const replies = await second;
  t.true(replies.every((reply) => reply === replies[0]));
  t.deepEqual(clock.waiting, [2 * FIRST_MS]);
  await api.open();
  const third = ask();
  clock.advance(2 * FIRST_MS);
  t.true((await third).every((reply) => 'object' in reply));
  t.is(api.mostConnections(), 1);
});

test('HTTP/1.1: a change of protocol that nobody asked for is no answer, and nobody waits for one', async (t) => {
  const { api, list, clock } = await startClient(t, 'http');
  api.answerNext('list', 'Service', { status: 101, headers: { connection: 'upgrade', upgrade: 'x' } });
  t.is(await list(), 'reset');
  t.deepEqual(clock.waiting, [FIRST_MS], 'until the next attempt');
});

test('HTTP/1.1: each watch has a connection of its own, and lists use one again and again', async (t) => {
  const { api, list, watch } = await startClient(t, 'http');
  for (let count = 1; count <= 20; count++) watch();
  await api.opened('Service', 20);
  for (let time = 0; time < 10; time++) t.is(await list(), 'listed');
  t.is(api.mostConnections(), 21);
});

test('a stop leaves nothing open and nothing waiting', async (t) => {
  for (const over of ['http', 'https', 'h2'] as const) {
    const { api, client, clock, watch, list } = await startClient(t, over);
    const { opened, ended } = watch();
    await opened;
    t.is(await list(), 'listed');
    client.stop();
    t.like(await ended, { code: 'reset' });
    await api.disconnected();
    t.deepEqual(clock.waiting, [], over);
    t.is(await list(), 'stopped');
  }
});
