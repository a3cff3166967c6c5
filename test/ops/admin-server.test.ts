import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { ParsedAddress } from '../../src/address/socket-address.ts';
import type { LogLevel } from '../../src/observe/log.ts';
import { createAdminServer, isLoopbackHost } from '../../src/ops/admin-server.ts';
import type { AdminState, ProbeState } from '../../src/ops/ops-state.ts';
import { ask } from './ask.ts';

const STATUS = {
  version: '1',
  pid: 7,
  uptimeSeconds: 2,
  state: 'serving',
  engine: 'net',
  listeners: [],
} as const;
const FAILED = {
  sessions: 3,
  lastError: { reason: 'connect_refused', at: '2026-01-02T03:04:05.678Z', ms: 1500 },
};

async function start(
  t: ExecutionContext,
  address: ParsedAddress = { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 },
) {
  const levels: LogLevel[] = [];
  const limits: number[] = [];
  const state: AdminState = {
    status: () => STATUS,
    endpoints: () => [],
    sessions: async (limit) => {
      limits.push(limit);
      return [];
    },
    refused: () => [],
    failed: () => FAILED,
    config: () => ({ listeners: ['as written'] }),
    setLogLevel: (level) => levels.push(level),
  };
  const probes: ProbeState = {
    opened: () => true,
    started: () => false,
    listenersOpen: () => [{ name: 'web', open: false }],
    draining: () => false,
    alive: () => true,
  };
  const server = createAdminServer({ address, state, probes });
  const bound = await server.start();
  t.teardown(() => server.stop());
  return { bound, levels, limits };
}

test('the probes are answered here too, for whoever has to ask this process and no other', async (t) => {
  const { bound } = await start(t);
  for (const [path, status, body] of [
    ['/startupz', 503, 'no\n'],
    ['/readyz', 503, 'no\n'],
    ['/readyz?verbose', 503, '[-] web closed\nno\n'],
    ['/lb-healthz', 200, 'ok\n'],
    ['/livez', 200, 'ok\n'],
  ] as const) {
    const reply = await ask(bound, path);
    t.deepEqual([reply.status, reply.body], [status, body], path);
  }
});

test('each path answers with its JSON', async (t) => {
  const { bound } = await start(t);
  for (const [path, body] of [
    ['/status', STATUS],
    ['/endpoints', { pools: [] }],
    ['/sessions', { sessions: [] }],
    ['/refused', { refused: [], failed: FAILED }],
    ['/config', { listeners: ['as written'] }],
  ] as const) {
    const reply = await ask(bound, path);
    t.is(reply.status, 200);
    t.deepEqual(JSON.parse(reply.body), body);
  }
});

test('/sessions takes a limit, has one by default and a bound', async (t) => {
  const { bound, limits } = await start(t);
  await ask(bound, '/sessions');
  await ask(bound, '/sessions?limit=5');
  await ask(bound, '/sessions?limit=9999999999');
  t.deepEqual(limits, [1000, 5, 100_000]);
  for (const limit of ['0', '-1', 'x', '1e3', '', '1.5', '99999999999']) {
    const { status, body } = await ask(bound, `/sessions?limit=${limit}`);
    t.is(status, 400, limit);
    t.is(body, '{"error":"limit_invalid"}\n');
  }
  t.is(limits.length, 3);
});

test('PUT /log-level takes a word or JSON', async (t) => {
  const { bound, levels } = await start(t);
  for (const body of ['debug', ' info\n', '"warn"', '{"level":"error"}']) {
    const reply = await ask(bound, '/log-level', { method: 'PUT', body });
    t.is(reply.status, 200, body);
    t.deepEqual(JSON.parse(reply.body), { level: levels.at(-1) });
  }
  t.deepEqual(levels, ['debug', 'info', 'warn', 'error']);
});

test('any other level is 400, and nothing changes', async (t) => {
  const { bound, levels } = await start(t);
  for (const body of ['', 'trace', 'DEBUG', '{"level":"silent"}', '{}', '[]', 'null', '3', '{"level":']) {
    const reply = await ask(bound, '/log-level', { method: 'PUT', body });
    t.is(reply.status, 400, body);
    t.is(reply.body, '{"error":"level_invalid"}\n');
  }
  t.deepEqual(levels, []);
});

test('a level can not be changed by GET or POST', async (t) => {
  const { bound } = await start(t);
  t.is((await ask(bound, '/log-level')).status, 405);
  t.is((await ask(bound, '/log-level', { method: 'POST', body: 'debug' })).status, 405);
});

test('a page of the web that points its name at us is refused', async (t) => {
  const { bound, levels } = await start(t);
  t.is((await ask(bound, '/status', { host: 'evil.example:9465' })).status, 403);
  t.is((await ask(bound, '/log-level', { host: 'evil.example', method: 'PUT', body: 'debug' })).status, 403);
  t.deepEqual(levels, []);
  t.is((await ask(bound, '/status', { host: 'localhost:9465' })).status, 200);
});

test('on a unix socket any host is right', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const { bound } = await start(t, { kind: 'unix', path: join(directory, 'a.sock') });
  t.is((await ask(bound, '/status', { host: 'herald' })).status, 200);
});

for (const host of [
  'localhost',
  'LOCALHOST:9465',
  '127.0.0.1',
  '127.0.0.1:9465',
  '127.3.2.1:80',
  '[::1]',
  '[::1]:9465',
  '[::ffff:127.0.0.1]:1',
]) {
  test(`the host ${host} is loopback`, (t) => t.true(isLoopbackHost(host)));
}

for (const host of [
  undefined,
  '',
  'example.org',
  'localhost.example.org',
  '127.0.0.1.example.org',
  '128.0.0.1',
  '10.0.0.1:9465',
  '[::2]:9465',
  '[fe80::1]',
  '::1',
  '0.0.0.0',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  'localhost:x',
  'localhost:80:80',
  'localhost.',
]) {
  test(`the host ${host} is not loopback`, (t) => t.false(isLoopbackHost(host)));
}
