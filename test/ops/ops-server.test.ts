import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ParsedAddress } from '../../src/address/socket-address.ts';
import { createOpsServer, type OpsAnswer, type OpsServerOptions } from '../../src/ops/ops-server.ts';
import { Connection } from '../helpers/connection.ts';
import { ask } from './ask.ts';

const LOOPBACK: ParsedAddress = { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 };

const ROUTES: OpsServerOptions['routes'] = {
  '/text': { GET: () => ({ status: 200, body: 'hello\n' }) },
  '/json': { GET: ({ query }) => ({ status: 200, body: { limit: query.get('limit') } }) },
  '/put': { PUT: ({ body }) => ({ status: 200, body: { body } }) },
  '/bug': { GET: () => Promise.reject(new Error('secret')) },
};

async function start(
  t: ExecutionContext,
  options: Partial<OpsServerOptions> = {},
): Promise<ParsedAddress & { port: number }> {
  const server = createOpsServer({ address: LOOPBACK, routes: ROUTES, ...options });
  const address = await server.start();
  t.teardown(() => server.stop());
  return address as ParsedAddress & { port: number };
}

async function dial(t: ExecutionContext, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test('a string is answered as text, anything else as JSON', async (t) => {
  const address = await start(t);
  const text = await ask(address, '/text');
  t.is(text.status, 200);
  t.is(text.body, 'hello\n');
  t.is(text.headers['content-type'], 'text/plain; charset=utf-8');
  const json = await ask(address, '/json?limit=5');
  t.is(json.body, '{"limit":"5"}\n');
  t.is(json.headers['content-type'], 'application/json');
  t.is(json.headers['cache-control'], 'no-store');
});

test('HEAD is answered like GET, without the body', async (t) => {
  const { status, headers, body } = await ask(await start(t), '/text', { method: 'HEAD' });
  t.is(status, 200);
  t.is(headers['content-length'], '6');
  t.is(body, '');
});

test('what is not there is 404 in JSON, also where objects have a property of that name', async (t) => {
  const address = await start(t);
  for (const path of ['/nowhere', '/', '//', '/toString', '/constructor', '/text/']) {
    const { status, body } = await ask(address, path);
    t.is(status, 404, path);
    t.is(body, '{"error":"not_found"}\n', path);
  }
});

test('other methods are 405 and told what is allowed', async (t) => {
  const address = await start(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers, body } = await ask(address, '/text', { method });
    t.is(status, 405, method);
    t.is(headers.allow, 'GET, HEAD');
    t.is(body, '{"error":"method_not_allowed"}\n');
  }
  const { status, headers } = await ask(address, '/put');
  t.is(status, 405);
  t.is(headers.allow, 'PUT');
});

test('a body reaches its handler, and one over 1 KiB is 413', async (t) => {
  const address = await start(t);
  t.is((await ask(address, '/put', { method: 'PUT', body: 'x'.repeat(1024) })).status, 200);
  const { status, body } = await ask(address, '/put', { method: 'PUT', body: 'x'.repeat(1025) });
  t.is(status, 413);
  t.is(body, '{"error":"body_too_large"}\n');
});

test('a body that is too long is answered before its end, and the connection closed', async (t) => {
  const { port } = await start(t);
  const socket = await dial(t, port);
  const closed = once(socket, 'close');
  socket.write(`PUT /put HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n${'x'.repeat(2000)}`);
  const [data] = await once(socket, 'data');
  t.true(data.toString().startsWith('HTTP/1.1 413'));
  await closed;
});

test('a handler that fails is 500, and says nothing of why', async (t) => {
  const { status, body } = await ask(await start(t), '/bug');
  t.is(status, 500);
  t.is(body, '{"error":"internal"}\n');
});

test('a host that is not allowed is 403 whatever it asks for', async (t) => {
  const address = await start(t, { allowsHost: (host) => host === 'good' });
  t.is((await ask(address, '/text', { host: 'good' })).status, 200);
  for (const path of ['/text', '/nowhere']) {
    const { status, body } = await ask(address, path, { host: 'evil' });
    t.is(status, 403);
    t.is(body, '{"error":"host_not_allowed"}\n');
  }
});

test('headers over 8 KiB are refused', async (t) => {
  const { status } = await ask(await start(t), '/text', { host: 'x'.repeat(9000) });
  t.is(status, 431);
});

test('what is not HTTP is answered with 400 and closed', async (t) => {
  const { port } = await start(t);
  const socket = await dial(t, port);
  socket.write('\u0000\u0001\r\n\r\n');
  const [data] = await once(socket, 'data');
  t.true(data.toString().startsWith('HTTP/1.1 400'));
  await once(socket, 'close');
});

test('who scrapes every minute keeps its connection, and so can ask when no descriptor is left', async (t) => {
  const { port } = await start(t);
  const socket = await dial(t, port);
  socket.write('GET /text HTTP/1.1\r\nhost: x\r\n\r\n');
  const [data] = await once(socket, 'data');
  const [, seconds] = /^keep-alive: timeout=(\d+)/im.exec(data.toString()) ?? [];
  t.true(Number(seconds) > 60, seconds);
});

test('who holds all connections loses the oldest, and a new asker is served', async (t) => {
  const address = await start(t, { maxConnections: 3 });
  const held = [await dial(t, address.port), await dial(t, address.port), await dial(t, address.port)];
  const closed = once(held[0]!, 'close');
  t.is((await ask(address, '/text')).status, 200);
  await closed;
  t.false(held[1]!.destroyed);
  t.false(held[2]!.destroyed);
});

test('a connection is good for a hundred questions: the last answer says so, and who sends more at once is cut off', async (t) => {
  const { port } = await start(t);
  const question = 'GET /text HTTP/1.1\r\nHost: x\r\n\r\n';
  const polite = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => polite.destroy());
  polite.end(question.repeat(100));
  const answers = (await polite.readToEnd()).toString().split('HTTP/1.1 200 OK').slice(1);
  t.is(answers.length, 100);
  t.deepEqual(
    answers.flatMap((answer, at) => (/connection: close/i.test(answer) ? at : [])),
    [99],
  );
  const greedy = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => greedy.destroy());
  greedy.write(question.repeat(101));
  await greedy.ending;
  t.is((await ask({ kind: 'tcp', ip: null, port }, '/text')).status, 200);
});

test('stop closes kept connections and held ones', async (t) => {
  const server = createOpsServer({ address: LOOPBACK, routes: ROUTES });
  const address = (await server.start()) as ParsedAddress & { port: number };
  const kept = await dial(t, address.port);
  kept.write('GET /text HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(kept, 'data');
  const silent = await dial(t, address.port);
  const closed = Promise.all([once(kept, 'close'), once(silent, 'close')]);
  await server.stop();
  await closed;
  await t.throwsAsync(ask(address, '/text'), { code: 'ECONNREFUSED' });
});

test('port 0 takes a free port and tells which', async (t) => {
  const { port } = await start(t);
  t.true(port > 0);
});

test('an address without IP listens on all of them', async (t) => {
  const address = await start(t, { address: { kind: 'tcp', ip: null, port: 0 } });
  t.is((await ask(address, '/text')).status, 200);
});

test('a taken port rejects with its code', async (t) => {
  const address = await start(t);
  await t.throwsAsync(createOpsServer({ address, routes: ROUTES }).start(), { code: 'EADDRINUSE' });
});

test('a unix socket is served, and its file is gone after stop', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const address: ParsedAddress = { kind: 'unix', path: join(directory, 'admin.sock') };
  const server = createOpsServer({ address, routes: ROUTES });
  t.deepEqual(await server.start(), address);
  t.is((await ask(address, '/text')).body, 'hello\n');
  await server.stop();
  await t.throwsAsync(stat(address.path), { code: 'ENOENT' });
});

test('a file in the way of a unix socket rejects and stays', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'precious');
  await writeFile(path, 'data');
  const server = createOpsServer({ address: { kind: 'unix', path }, routes: ROUTES });
  await t.throwsAsync(server.start(), { code: 'EADDRINUSE' });
  t.is((await stat(path)).size, 4);
});

test('stop lets a request that has begun have its answer, and then ends the connection', async (t) => {
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let answer = (_answer: OpsAnswer) => {};
  const answered = new Promise<OpsAnswer>((resolve) => {
    answer = resolve;
  });
  const GET = () => {
    begin();
    return answered;
  };
  const server = createOpsServer({ address: LOOPBACK, routes: { '/late': { GET } } });
  const { port } = (await server.start()) as ParsedAddress & { port: number };
  const client = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => client.destroy());
  client.write('GET /late HTTP/1.1\r\nhost: x\r\n\r\n');
  await begun;
  const stopped = server.stop();
  await t.throwsAsync(Connection.to({ host: '127.0.0.1', port }), { code: 'ECONNREFUSED' });
  answer({ status: 200, body: 'late\n' });
  t.true((await client.readToEnd()).toString().endsWith('late\n'));
  await stopped;
});

for (const [place, takesHeaders] of [
  ['where a PROXY header may come first', true],
  ['where none may come', false],
] as const) {
  test(`stop lets a client that has just been accepted ask, ${place}`, async (t) => {
    const server = createOpsServer({ address: LOOPBACK, routes: ROUTES, takesHeaders });
    const { port } = (await server.start()) as ParsedAddress & { port: number };
    const early = await Connection.to({ host: '127.0.0.1', port });
    t.teardown(() => early.destroy());
    // The server has accepted it once a later connection is answered.
    const last = await Connection.to({ host: '127.0.0.1', port });
    last.end('GET /text HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    await last.readToEnd();
    const stopped = server.stop();
    early.write('GET /text HTTP/1.1\r\nhost: x\r\n\r\n');
    t.true((await early.readToEnd()).toString().startsWith('HTTP/1.1 200 OK'));
    await stopped;
  });
}
