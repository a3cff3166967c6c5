import test from 'ava';
import { type Clock, realClock } from '../../src/observe/clock.ts';
import type { ProbeState } from '../../src/ops/ops-state.ts';
import { Connection } from '../helpers/connection.ts';
import { cidrs } from '../helpers/engine-harness.ts';
import { ask } from './ask.ts';

import { openMetricsServer, SCRAPED, startMetricsServer } from './metrics-server-parts.ts';

test('/metrics answers with the text of the scrape and its content type', async (t) => {
  const { status, headers, body } = await (await startMetricsServer(t))('/metrics');
  t.is(status, 200);
  t.is(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  t.is(body, 'herald_x 1\n');
});

test('with --metrics-allow, metrics are for loopback and those addresses, and probes for everyone', async (t) => {
  const allowed = () => cidrs('192.0.2.0/24');
  const address = await openMetricsServer(t, {}, async () => SCRAPED, realClock, allowed);
  t.is((await ask(address, '/metrics')).body, SCRAPED);
  // No other address than loopback is at hand, so that headers have to name them: a scrape through one is refused anyway.
  const through = async (source: string, path: string) => {
    const client = await Connection.to({ host: '127.0.0.1', port: address.port });
    t.teardown(() => client.destroy());
    client.end(`PROXY TCP4 ${source} 127.0.0.1 1 2\r\nGET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return (await client.readToEnd()).toString();
  };
  t.regex(await through('203.0.113.9', '/metrics'), /^HTTP\/1\.1 403 .*--metrics-allow may read them\.\n$/s);
  for (const source of ['192.0.2.7', '127.0.0.1'])
    t.regex(await through(source, '/metrics'), /^HTTP\/1\.1 400 /);
  t.regex(await through('203.0.113.9', '/readyz'), /^HTTP\/1\.1 200 /);
});

test('a gateway without listeners is ready, since no object asks for one', async (t) => {
  const none = { listenersOpen: () => [] };
  t.is((await (await startMetricsServer(t, none))('/readyz')).status, 503);
  t.is((await (await startMetricsServer(t, { ...none, mayBeEmpty: true }))('/readyz')).status, 200);
  const starting = { ...none, mayBeEmpty: true, opened: () => false };
  t.is((await (await startMetricsServer(t, starting))('/readyz')).status, 503);
});

test('a hundred questions in one segment are one scrape, and each has its answer', async (t) => {
  let scrapes = 0;
  const { port } = await openMetricsServer(t, {}, async () => `herald_x ${++scrapes}\n`);
  const client = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => client.destroy());
  client.end(`${'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100)}`);
  const answers = (await client.readToEnd()).toString().split('HTTP/1.1 200 OK').slice(1);
  t.is(answers.length, 100);
  t.true(answers.every((answer) => answer.includes('herald_x')));
  t.true(scrapes < 10, `${scrapes} scrapes`);
});

test('who ends its stream behind a question is answered, also by what takes a while', async (t) => {
  const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(resolve, 5, value));
  const { port } = await openMetricsServer(t, { alive: () => later(true) }, () => later(SCRAPED));
  for (const path of ['/livez', '/metrics']) {
    const client = await Connection.to({ host: '127.0.0.1', port });
    t.teardown(() => client.destroy());
    client.end(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 200 OK/);
  }
});

test('a scrape begins after it was asked for: what happened before is in it', async (t) => {
  let value = 0;
  const address = await openMetricsServer(t, {}, async () => `herald_x ${value}\n`);
  for (value = 1; value <= 3; value++) t.is((await ask(address, '/metrics')).body, `herald_x ${value}\n`);
});

test('a scrape that fails is 500, and the next one is made anew', async (t) => {
  let fails = true;
  const address = await openMetricsServer(t, {}, async () => {
    if (fails) throw new Error('secret');
    return SCRAPED;
  });
  t.is((await ask(address, '/metrics')).status, 500);
  fails = false;
  t.is((await ask(address, '/metrics')).status, 200);
});

/** For each state of the program, the answers of startupz, readyz, lb-healthz and livez. */
const STATES: readonly [title: string, state: Partial<ProbeState>, statuses: readonly number[]][] = [
  ['a Herald that serves is all well', {}, [200, 200, 200, 200]],
  [
    'a Herald that starts is alive, and nothing else',
    { opened: () => false, started: () => false, listenersOpen: () => [{ name: 'web', open: false }] },
    [503, 503, 503, 200],
  ],
  [
    'one source that has not answered keeps a start from being over, and nobody from serving',
    { started: () => false },
    [503, 200, 200, 200],
  ],
  [
    'a Herald that drains is not for balancers, and ready until its listeners close',
    { draining: () => true },
    [200, 200, 503, 200],
  ],
  [
    'a Herald whose listeners are closed is not ready',
    { draining: () => true, listenersOpen: () => [{ name: 'web', open: false }] },
    [200, 503, 503, 200],
  ],
  [
    'one closed listener of several is not ready',
    {
      listenersOpen: () => [
        { name: 'web', open: true },
        { name: 'mail', open: false },
      ],
    },
    [200, 503, 200, 200],
  ],
  ['a Herald without listeners is not ready', { listenersOpen: () => [] }, [200, 503, 200, 200]],
  ['a worker that does not turn is not alive', { alive: async () => false }, [200, 200, 200, 503]],
  [
    'a worker that can not be asked is not alive',
    { alive: () => Promise.reject(new Error()) },
    [200, 200, 200, 503],
  ],
];

for (const [title, state, statuses] of STATES) {
  test(title, async (t) => {
    const probe = await startMetricsServer(t, state);
    const answers = await Promise.all(['/startupz', '/readyz', '/lb-healthz', '/livez'].map(probe));
    t.deepEqual(
      answers.map(({ status }) => status),
      statuses,
    );
    for (const { status, body } of answers) t.is(body, status === 200 ? 'ok\n' : 'no\n');
  });
}

test('a worker that does not answer is not alive', async (t) => {
  const timers: number[] = [];
  const clock: Clock = {
    ...realClock,
    after: (ms, run) => {
      timers.push(ms);
      return realClock.after(0, run);
    },
  };
  const address = await openMetricsServer(t, { alive: () => new Promise(() => {}) }, undefined, clock);
  const { status, body } = await ask(address, '/livez');
  t.deepEqual([status, body], [503, 'no\n']);
  t.deepEqual(timers, [900]);
});

test('/readyz?verbose names each listener', async (t) => {
  const probe = await startMetricsServer(t, {
    listenersOpen: () => [
      { name: 'web', open: true },
      { name: 'mail', open: false },
    ],
  });
  const { status, body } = await probe('/readyz?verbose');
  t.is(status, 503);
  t.is(body, '[+] web open\n[-] mail closed\nno\n');
});

test('nothing of the admin address is here', async (t) => {
  const probe = await startMetricsServer(t);
  for (const path of ['/status', '/sessions', '/refused', '/config', '/log-level'])
    t.is((await probe(path)).status, 404);
});

// ── PROXY headers ──
