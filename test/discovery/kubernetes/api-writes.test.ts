import test from 'ava';
import type { ApiWrite, ObjectReply } from '../../../src/discovery/kubernetes/api-client.ts';
import { statusOf } from '../../helpers/scripted-kubernetes-wire.ts';
import { FIRST_MS } from './watch-parts.ts';
import { startWritingApi } from './writing-api.ts';

const BOTH = ['http', 'h2'] as const;
const PATH = '/apis/coordination.k8s.io/v1/namespaces/edge/leases';
const LEASE = { metadata: { name: 'herald' }, spec: { holderIdentity: 'größer' } };
const UPDATE: ApiWrite = { verb: 'update', path: `${PATH}/herald`, body: LEASE };

const codeOf = (reply: ObjectReply) => ('object' in reply ? 'done' : reply.code);
const refused = (status: number, reason: string, details: object = {}) => ({
  status,
  body: statusOf(status, reason, details),
});

for (const over of BOTH) {
  test(`each kind of write has its method, its type and its body: ${over}`, async (t) => {
    const { client, signal, received, connections } = await startWritingApi(t, over, {
      answers: [{ status: 201, body: LEASE }],
    });
    const writes: readonly ApiWrite[] = [
      { verb: 'create', path: PATH, body: LEASE },
      UPDATE,
      { verb: 'patch', path: `${PATH}/herald/status`, body: LEASE },
      { verb: 'apply', path: `${PATH}/herald?fieldManager=herald&force=true`, body: LEASE },
      { verb: 'delete', path: `${PATH}/herald` },
      { verb: 'delete', path: `${PATH}/herald`, body: { preconditions: { uid: 'u-1' } } },
    ];
    t.deepEqual(await client.send(writes[0]!, signal), { object: LEASE });
    for (const write of writes.slice(1)) t.deepEqual(await client.send(write, signal), { object: {} });
    t.deepEqual(
      received.map(({ method, path, type }) => [method, path.slice(PATH.length), type]),
      [
        ['POST', '', 'application/json'],
        ['PUT', '/herald', 'application/json'],
        ['PATCH', '/herald/status', 'application/merge-patch+json'],
        ['PATCH', '/herald?fieldManager=herald&force=true', 'application/apply-patch+yaml'],
        ['DELETE', '/herald', null],
        ['DELETE', '/herald', 'application/json'],
      ],
    );
    const body = JSON.stringify(LEASE);
    const bodies = [body, body, body, body, '', '{"preconditions":{"uid":"u-1"}}'];
    t.deepEqual(
      received.map((each) => each.body),
      bodies,
    );
    t.is(connections(), 1);
  });

  test(`one object is read, and one that is not there is told from every other failure: ${over}`, async (t) => {
    const { client, signal, received } = await startWritingApi(t, over, {
      answers: [{ body: LEASE }, refused(404, 'NotFound')],
    });
    t.deepEqual(await client.get(`${PATH}/herald`, signal), { object: LEASE });
    t.is(codeOf(await client.get(`${PATH}/other`, signal)), 'not_found');
    t.deepEqual(
      received.map(({ method, path, body }) => [method, path, body]),
      [
        ['GET', `${PATH}/herald`, ''],
        ['GET', `${PATH}/other`, ''],
      ],
    );
  });

  test(`why a write is refused is told apart, with how long the server asks to wait: ${over}`, async (t) => {
    const rows = [
      [refused(409, 'Conflict'), 'conflict', 0],
      [refused(409, 'AlreadyExists'), 'exists', 0],
      [refused(422, 'Invalid'), 'invalid', 0],
      [refused(429, 'TooManyRequests', { retryAfterSeconds: 7 }), 'throttled', 7000],
      [{ status: 429, headers: { 'retry-after': '3' }, body: 'slow down' }, 'throttled', 3000],
      [refused(403, 'Forbidden'), 'forbidden', 0],
      [refused(404, 'NotFound'), 'not_found', 0],
      [refused(503, 'ServiceUnavailable', { retryAfterSeconds: 1 }), 'unavailable', 1000],
      [refused(400, 'BadRequest'), 'rejected', 0],
      [{ status: 307, headers: { location: 'http://127.0.0.1:1/' } }, 'rejected', 0],
      [{ body: 'not JSON' }, 'bad_answer', 0],
    ] as const;
    const { client, signal, received } = await startWritingApi(t, over, {
      answers: rows.map(([answer]) => answer),
    });
    for (const [, code, retryAfterMs] of rows)
      t.like(await client.send(UPDATE, signal), { code, retryAfterMs });
    t.is(received.length, rows.length, 'none is sent again');
  });

  test(`an answer without a body is one of success: ${over}`, async (t) => {
    const { client, signal } = await startWritingApi(t, over, { answers: [{ body: '' }] });
    t.deepEqual(await client.send({ verb: 'delete', path: PATH }, signal), { object: null });
  });

  test(`W8, W18: after a 401 a write is sent again with a token that is new, and only with one: ${over}`, async (t) => {
    const files: { [path: string]: string } = { '/token': 'old' };
    const unauthorized = refused(401, 'Unauthorized');
    const { client, signal, received } = await startWritingApi(t, over, {
      ...{ access: { token: { file: '/token' } }, files },
      answers: [{}, unauthorized, {}, unauthorized, unauthorized, unauthorized],
    });
    const tokens = () => received.map(({ token }) => token).join(' ');
    await client.send(UPDATE, signal);
    files['/token'] = 'new';
    t.is(codeOf(await client.send(UPDATE, signal)), 'done');
    t.is(tokens(), 'old old new');
    t.is(codeOf(await client.send(UPDATE, signal)), 'unauthorized');
    t.is(tokens(), 'old old new new');
    files['/token'] = 'newer';
    t.is(codeOf(await client.send(UPDATE, signal)), 'unauthorized');
    t.is(tokens(), 'old old new new new newer', 'one that is refused as well is not waited for');
  });

  test(`W8: a token that is another one each time is tried twice: ${over}`, async (t) => {
    let reads = 0;
    const files = Object.defineProperty({}, '/token', { get: () => `token-${reads++}` });
    const { client, signal, received } = await startWritingApi(t, over, {
      ...{ access: { token: { file: '/token' } }, files },
      answers: Array.from({ length: 9 }, () => refused(401, 'Unauthorized')),
    });
    t.is(codeOf(await client.send(UPDATE, signal)), 'unauthorized');
    t.is(received.length, 2);
  });

  test(`W18: a write whose connection is lost before its answer is not sent again, though a read is: ${over}`, async (t) => {
    const { client, signal, received, receives, drop } = await startWritingApi(t, over, {
      answers: [{}, { silent: true }, {}, { silent: true }],
    });
    await client.get(PATH, signal);
    const writing = client.send(UPDATE, signal);
    await receives(2);
    drop();
    t.is(codeOf(await writing), 'reset');
    await client.get(PATH, signal);
    const reading = client.get(PATH, signal);
    await receives(4);
    drop();
    t.is(codeOf(await reading), 'done');
    t.is(received.map(({ method }) => method).join(' '), 'GET PUT GET GET GET');
  });

  test(`W18: a write on a new connection that is lost is not sent again either: ${over}`, async (t) => {
    const { client, signal, received, receives, drop } = await startWritingApi(t, over, {
      answers: [{ silent: true }],
    });
    const writing = client.send(UPDATE, signal);
    await receives(1);
    drop();
    t.is(codeOf(await writing), 'reset');
    t.is(received.length, 1);
  });

  test(`a write that is never answered is given up after 30 s: ${over}`, async (t) => {
    const { client, signal, clock, receives } = await startWritingApi(t, over, {
      answers: [{ silent: true }],
    });
    const writing = client.send(UPDATE, signal);
    await receives(1);
    clock.advance(30_000);
    t.is(codeOf(await writing), 'timeout');
    t.deepEqual(
      clock.waiting.filter((ms) => ms === 60_000),
      [],
    );
  });

  test(`a write that waits for a server that is away is not kept for more than a minute: ${over}`, async (t) => {
    const { client, signal, clock, received, close } = await startWritingApi(t, over);
    await close();
    t.is(codeOf(await client.send(UPDATE, signal)), 'refused');
    for (let outage = 0; outage < 6; outage++) {
      const writing = client.send(UPDATE, signal);
      clock.advance(60_000);
      const code = codeOf(await writing);
      t.true(['refused', 'timeout'].includes(code), code);
    }
    t.deepEqual(received, []);
  });

  test(`a write that is cancelled ends at once: ${over}`, async (t) => {
    const { client, signal, abort, clock, receives } = await startWritingApi(t, over, {
      answers: [{ silent: true }],
    });
    const writing = client.send(UPDATE, signal);
    await receives(1);
    abort.abort();
    t.is(codeOf(await writing), 'stopped');
    t.is(codeOf(await client.send(UPDATE, signal)), 'stopped');
    t.deepEqual(
      clock.waiting.filter((ms) => ms !== 30_000 && ms !== FIRST_MS),
      [],
    );
  });
}
