import { gzipSync } from 'node:zlib';
import test from 'ava';
import { CERTIFICATE } from '../../helpers/certificate.ts';
import { service } from '../../helpers/kubernetes-objects.ts';
import { PATH, startClient } from './client-parts.ts';
import { OTHER_CERTIFICATE } from './other-certificate.ts';
import { FIRST_MS, passTime } from './watch-parts.ts';

const TLS = ['https', 'h2'] as const;
const BOTH = ['http', 'h2'] as const;
const ANSWER_MS = 30_000;

for (const over of TLS) {
  test(`an API whose certificate the CA has signed is asked, any other is not: ${over}`, async (t) => {
    const good = await startClient(t, over);
    t.is(await good.list(), 'listed');
    const other = await startClient(t, over, { access: { ca: { text: OTHER_CERTIFICATE } } });
    t.is(await other.list(), 'untrusted_server');
    const none = await startClient(t, over, { access: { ca: null } });
    t.is(await none.list(), 'untrusted_server');
    t.deepEqual([other.api.requests, none.api.requests], [[], []]);
  });

  test(`a certificate of another name is refused, unless that name is expected: ${over}`, async (t) => {
    const wrong = await startClient(t, over, { access: { serverName: 'other.example' } });
    t.is(await wrong.list(), 'untrusted_server');
    const right = await startClient(t, over, { access: { serverName: 'localhost' } });
    t.is(await right.list(), 'listed');
  });

  test(`insecure-skip-tls-verify accepts any certificate: ${over}`, async (t) => {
    const { list } = await startClient(t, over, { access: { ca: null, insecure: true } });
    t.is(await list(), 'listed');
  });

  test(`a CA that changes is taken up at the next request, on a new connection: ${over}`, async (t) => {
    const files: { [path: string]: string | undefined } = { '/ca': OTHER_CERTIFICATE };
    const { list, api } = await startClient(t, over, { access: { ca: { file: '/ca' } }, files });
    t.is(await list(), 'untrusted_server');
    files['/ca'] = CERTIFICATE.cert;
    t.is(await list(), 'listed', 'what may work now is not waited for');
    files['/ca'] = 'half a certific';
    t.is(await list(), 'listed', 'what is no certificate leaves the one before');
    files['/ca'] = undefined;
    t.is(await list(), 'listed', 'so does a file that is gone');
    t.is(api.connections(), 1);
    files['/ca'] = OTHER_CERTIFICATE;
    t.is(await list(), 'untrusted_server');
  });

  test(`a watch that runs goes on over a change of the CA: ${over}`, async (t) => {
    const files = { '/ca': CERTIFICATE.cert as string };
    const { api, list, watch } = await startClient(t, over, { access: { ca: { file: '/ca' } }, files });
    const { lines, ended } = watch(1);
    await api.watched('Service', 1);
    files['/ca'] = OTHER_CERTIFICATE;
    t.is(await list(), 'untrusted_server');
    api.put(service());
    t.is(await ended, null);
    t.is(lines.length, 1);
  });

  test(`a key that is none of the certificate's is a failure like another: ${over}`, async (t) => {
    const certificate = { text: OTHER_CERTIFICATE };
    const key = { text: CERTIFICATE.key };
    const { list } = await startClient(t, over, { access: { certificate, key } });
    t.is(await list(), 'tls_failed');
  });
}

for (const over of BOTH) {
  test(`a part of a list is no list: ${over}`, async (t) => {
    const { api, list, watch } = await startClient(t, over);
    const body = { metadata: { resourceVersion: '1' }, items: [] };
    for (const status of [201, 204, 206]) {
      api.answerNext('list', 'Service', { status, ...(status === 204 ? { body: '' } : { body }) });
      t.is(await list(), 'rejected', `${status}`);
    }
    api.answerNext('watch', 'Service', { status: 206, body });
    t.like(await watch().ended, { code: 'rejected' });
    t.is(await list(), 'listed');
  });

  test(`a path of the address stands before every path: ${over}`, async (t) => {
    const { api, list } = await startClient(t, over, { path: '/k8s/clusters/c-1/' });
    await list();
    t.is(api.requests[0]?.path, '/k8s/clusters/c-1/api/v1/namespaces/shop/services');
  });

  test(`a token goes with each request, and without its file nothing is asked: ${over}`, async (t) => {
    const files: { [path: string]: string | undefined } = {};
    const { api, list } = await startClient(t, over, { access: { token: { file: '/token' } }, files });
    t.is(await list(), 'unauthorized');
    t.deepEqual(api.requests, []);
    files['/token'] = 'secret';
    t.is(await list(), 'listed');
    t.is(api.requests[0]?.token, 'secret');
    api.tokens = new Set(['rotated']);
    t.is(await list(), 'unauthorized');
    files['/token'] = 'rotated';
    t.is(await list(), 'listed', 'after a 401 the file is read again');
    t.is(api.connections(), 1);
  });

  test(`a connection that the API closed while it waited is no failure: ${over}`, async (t) => {
    const { api, list } = await startClient(t, over);
    t.is(await list(), 'listed');
    await api.close();
    await api.open();
    t.is(await list(), 'listed');
  });

  test(`an API that is not there is told from one that hangs up: ${over}`, async (t) => {
    const { api, list, clock } = await startClient(t, over);
    await api.close();
    t.is(await list(), 'refused');
    await api.open();
    clock.advance(FIRST_MS);
    t.is(await list(), 'listed');
    for (let time = 0; time < 3; time++) api.answerNext('list', 'Service', { reset: true });
    t.is(await list(), 'reset');
  });

  test(`a host that has no address is told so: ${over}`, async (t) => {
    const url = new URL(`${over === 'http' ? 'http' : 'https'}://herald.invalid:1/`);
    const { list } = await startClient(t, over, { access: { url } });
    t.is(await list(), 'unresolved');
  });

  test(`W11: a packed list that is none, or unpacks to more than its bound, is not taken: ${over}`, async (t) => {
    const { api, list } = await startClient(t, over);
    const headers = { 'content-encoding': 'gzip' };
    api.answerNext('list', 'Service', { headers, body: 'not gzip' });
    t.is(await list(), 'bad_answer');
    api.answerNext('list', 'Service', { headers, body: gzipSync(Buffer.alloc(65 * 1024 * 1024)) });
    t.is(await list(), 'bad_answer');
  });

  test(`a list that is larger than every window comes whole, and one beyond the bound is given up: ${over}`, async (t) => {
    const { api, client, signal, list } = await startClient(t, over);
    const body = { items: ['x'.repeat(12 * 1024 * 1024)] };
    api.answerNext('list', 'Service', { body });
    const reply = await client.list(PATH, signal);
    t.deepEqual('object' in reply && reply.object, body);
    api.answerNext('list', 'Service', { body: Buffer.alloc(65 * 1024 * 1024, ' ') });
    t.is(await list(), 'bad_answer');
    t.is(await list(), 'listed');
  });

  test(`a redirection is not followed: a token is for one API only: ${over}`, async (t) => {
    const { api, list } = await startClient(t, over);
    api.answerNext('list', 'Service', { status: 307, headers: { location: 'http://127.0.0.1:1/' } });
    t.is(await list(), 'rejected');
  });

  test(`W11: a watch that is packed though nobody asked for it is told so, and not waited for: ${over}`, async (t) => {
    const { api, watch } = await startClient(t, over);
    const headers = { 'content-encoding': 'gzip' };
    api.answerNext('watch', 'Service', { headers, body: gzipSync('{}\n') });
    const ended = await watch().ended;
    t.like(ended, { code: 'bad_answer' });
    t.regex(ended?.message ?? '', /"gzip"/);
  });

  test(`a server that takes a request and never answers is given up after 30 s: ${over}`, async (t) => {
    const { api, list, clock } = await startClient(t, over);
    api.answerNext('list', 'Service', { silent: true });
    const listing = list();
    await api.listed('Service', 1);
    clock.advance(ANSWER_MS);
    t.is(await listing, 'timeout');
  });
}

for (const over of BOTH) {
  test(`a watch whose head is held back is waited for until a bookmark must have come: ${over}`, async (t) => {
    const { api, watch, clock } = await startClient(t, over);
    api.answerNext('watch', 'Service', { silent: true });
    const { ended } = watch();
    await api.watched('Service', 1);
    await passTime(clock, over, 89_999);
    t.true(clock.waiting.includes(90_000));
    clock.advance(1);
    t.like(await ended, { code: 'timeout' });
  });
}
