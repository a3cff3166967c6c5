import test, { type ExecutionContext } from 'ava';
import type { ProbeState } from '../../src/observe/machine-state.ts';
import { createMetricsServer } from '../../src/observe/metrics-server.ts';
import { ask } from './ask.ts';

const GOOD: ProbeState = {
  opened: () => true,
  started: () => true,
  listenersOpen: () => [
    { name: 'web', open: true },
    { name: 'mail', open: true },
  ],
  draining: () => false,
  alive: () => true,
};

async function start(t: ExecutionContext, state: Partial<ProbeState> = {}) {
  const server = createMetricsServer({
    address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 },
    metrics: { contentType: 'text/plain; version=0.0.4; charset=utf-8', scrape: async () => 'herald_x 1\n' },
    state: { ...GOOD, ...state },
  });
  const address = await server.start();
  t.teardown(() => server.stop());
  return (path: string) => ask(address, path);
}

test('/metrics answers with the text of the scrape and its content type', async (t) => {
  const { status, headers, body } = await (await start(t))('/metrics');
  t.is(status, 200);
  t.is(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  t.is(body, 'herald_x 1\n');
});

/** For each state of the program what the probes say: startupz, readyz, lb-healthz, livez. */
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
  [
    'a worker that does not answer is not alive',
    { alive: () => new Promise(() => {}) },
    [200, 200, 200, 503],
  ],
];

for (const [title, state, statuses] of STATES) {
  test(title, async (t) => {
    const probe = await start(t, state);
    const answers = await Promise.all(['/startupz', '/readyz', '/lb-healthz', '/livez'].map(probe));
    t.deepEqual(
      answers.map(({ status }) => status),
      statuses,
    );
    for (const { status, body } of answers) t.is(body, status === 200 ? 'ok\n' : 'no\n');
  });
}

test('/readyz?verbose names each listener', async (t) => {
  const probe = await start(t, {
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
  const probe = await start(t);
  for (const path of ['/status', '/sessions', '/refused', '/config', '/log-level'])
    t.is((await probe(path)).status, 404);
});
