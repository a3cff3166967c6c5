import { gzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { KubernetesAccess } from '../../../src/discovery/kubernetes/access.ts';
import { createKubernetesClient } from '../../../src/discovery/kubernetes/client.ts';
import { CERTIFICATE } from '../../helpers/certificate.ts';
import { service } from '../../helpers/kubernetes-objects.ts';
import { scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { OTHER_CERTIFICATE } from './other-certificate.ts';
import { memoryFiles, plainAccess } from './watch-parts.ts';

const PATH = '/api/v1/namespaces/shop/services?resourceVersion=0';
const WATCH = '/api/v1/namespaces/shop/services?watch=1&resourceVersion=1000';

async function create(
  t: ExecutionContext,
  more: Partial<KubernetesAccess> = {},
  texts: { [path: string]: string | undefined } = {},
  tls = true,
) {
  const api = await scriptedKubernetes({ tls });
  const clock = turnedClock();
  const url = more.url === undefined ? api.url : new URL(more.url.pathname, api.url);
  const client = createKubernetesClient(plainAccess(api.url, { ...more, url }), {
    clock,
    files: memoryFiles(texts),
  });
  const abort = new AbortController();
  t.teardown(async () => {
    abort.abort();
    client.stop();
    await api.close();
  });
  const list = async () => {
    const reply = await client.list(PATH, abort.signal);
    return 'object' in reply ? 'listed' : reply.code;
  };
  return { api, client, clock, list, abort };
}

test('an API whose certificate the CA has signed is asked, any other is not', async (t) => {
  const good = await create(t, { ca: { text: CERTIFICATE.cert } });
  t.is(await good.list(), 'listed');
  const other = await create(t, { ca: { text: OTHER_CERTIFICATE } });
  t.is(await other.list(), 'unreachable');
  const none = await create(t);
  t.is(await none.list(), 'unreachable');
  t.deepEqual([other.api.requests, none.api.requests], [[], []]);
});

test('a certificate of another name is refused, unless that name is expected', async (t) => {
  const ca = { text: CERTIFICATE.cert };
  const wrong = await create(t, { ca, serverName: 'other.example' });
  t.is(await wrong.list(), 'unreachable');
  const right = await create(t, { ca, serverName: 'localhost' });
  t.is(await right.list(), 'listed');
});

test('insecure-skip-tls-verify believes whoever answers', async (t) => {
  const { list } = await create(t, { insecure: true });
  t.is(await list(), 'listed');
});

test('2b: a CA that changes is taken up at the next request, on a new connection', async (t) => {
  const texts: { [path: string]: string | undefined } = { '/ca': OTHER_CERTIFICATE };
  const { list, api } = await create(t, { ca: { file: '/ca' } }, texts);
  t.is(await list(), 'unreachable');
  texts['/ca'] = CERTIFICATE.cert;
  t.is(await list(), 'listed');
  texts['/ca'] = 'half a certific';
  t.is(await list(), 'listed', 'what is no certificate leaves the one before');
  texts['/ca'] = undefined;
  t.is(await list(), 'listed', 'so does a file that is gone');
  t.is(api.connections(), 1);
  texts['/ca'] = OTHER_CERTIFICATE;
  t.is(await list(), 'unreachable');
});

test('2b: a watch that runs goes on over a change of the CA', async (t) => {
  const texts = { '/ca': CERTIFICATE.cert as string };
  const { api, client, list, abort } = await create(t, { ca: { file: '/ca' } }, texts);
  const lines: string[] = [];
  const ended = client.watch(WATCH, (line) => lines.push(line) < 1, abort.signal);
  await api.watched('Service', 1);
  texts['/ca'] = OTHER_CERTIFICATE;
  t.is(await list(), 'unreachable');
  api.put(service());
  t.is(await ended, null);
  t.is(lines.length, 1);
});

test('a path of the address stands before every path', async (t) => {
  const { api, list } = await create(t, { url: new URL('http://x/k8s/clusters/c-1/') }, {}, false);
  await list();
  t.is(api.requests[0]?.path, '/k8s/clusters/c-1/api/v1/namespaces/shop/services');
});

test('a token goes with each request, and without its file nothing is asked', async (t) => {
  const texts: { [path: string]: string | undefined } = {};
  const { api, list } = await create(t, { token: { file: '/token' } }, texts, false);
  t.is(await list(), 'unauthorized');
  t.deepEqual(api.requests, []);
  texts['/token'] = 'secret';
  t.is(await list(), 'listed');
  t.is(api.requests[0]?.token, 'secret');
});

test('a connection that the API closed while it waited is no failure', async (t) => {
  const { api, list } = await create(t, {}, {}, false);
  t.is(await list(), 'listed');
  await api.close();
  await api.open();
  t.is(await list(), 'listed');
});

test('an API that is not there is unreachable', async (t) => {
  const { api, list } = await create(t, {}, {}, false);
  await api.close();
  t.is(await list(), 'unreachable');
  await api.open();
});

test('W11: a packed list that is none, or unpacks to more than its bound, is not taken', async (t) => {
  const { api, list } = await create(t, {}, {}, false);
  const headers = { 'content-encoding': 'gzip' };
  api.answerNext('list', 'Service', { headers, body: 'not gzip' });
  t.is(await list(), 'bad_answer');
  api.answerNext('list', 'Service', { headers, body: gzipSync(Buffer.alloc(65 * 1024 * 1024)) });
  t.is(await list(), 'bad_answer');
});

test('a change of protocol that nobody asked for is no answer, and nobody waits for one', async (t) => {
  const { api, list, clock } = await create(t, {}, {}, false);
  api.answerNext('list', 'Service', { status: 101, headers: { connection: 'upgrade', upgrade: 'x' } });
  t.is(await list(), 'unreachable');
  t.deepEqual(clock.waiting, []);
});

test('a redirection is not followed: a token is for one API only', async (t) => {
  const { api, list } = await create(t, {}, {}, false);
  api.answerNext('list', 'Service', { status: 307, headers: { location: 'http://127.0.0.1:1/' } });
  t.is(await list(), 'refused');
});

test('W11: a watch that is packed though nobody asked for it is told so, and not waited for', async (t) => {
  const { api, client, abort } = await create(t, {}, {}, false);
  const headers = { 'content-encoding': 'gzip' };
  api.answerNext('watch', 'Service', { headers, body: gzipSync('{}\n') });
  const ended = await client.watch(WATCH, () => true, abort.signal);
  t.like(ended, { code: 'bad_answer' });
  t.regex(ended?.message ?? '', /"gzip"/);
});
