import test, { type ExecutionContext } from 'ava';
import { startApp } from '../../src/app/app.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { known, service } from '../control/known.ts';
import { scriptedMaker } from '../control/scripted-source.ts';
import { Connection } from '../helpers/connection.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { createTestHost } from '../tools/test-host.ts';

const WEB = 'k8s:shop/web:https';
/** What is said of an endpoint that has never failed. */
const WELL = { down: false, failing: false, fails: 0, lastFailure: null };

/** A Herald whose Service is played. */
async function start(t: ExecutionContext, parts: object = {}, process: object = {}) {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const maker = scriptedMaker();
  const config = configFromValue(
    {
      version: 1,
      engine: 'net',
      metrics: '127.0.0.1:0',
      admin: '127.0.0.1:0',
      nodeName: 'node-a',
      zone: 'eu-1a',
      ...process,
      listeners: [{ name: 'web', listen: '127.0.0.1:0', to: WEB, present: 'none', ...parts }],
    },
    {},
  );
  const started = startApp(config, createTestHost(), { maker });
  const here = known('127.0.0.1', {
    port: endpoint.port,
    text: `127.0.0.1:${endpoint.port}`,
    node: 'node-a',
    zone: 'eu-1a',
  });
  // Made before the first wait, so that the start finds it answered.
  while (maker.made.size === 0) await new Promise(setImmediate);
  const source = maker.of(WEB);
  source.tell([here]);
  const app = await started;
  t.teardown(() => app.stop());
  const get = async (at: string | null, path: string) => fetch(`http://${at}${path}`);
  const port = Number(app.listeners[0]!.address.split(':').at(-1));
  return { app, source, endpoint, here, get, connect: () => Connection.to({ host: '127.0.0.1', port }) };
}

test('/endpoints has all that a source knows, and what is thought of it', async (t) => {
  const { app, source, here, endpoint, get, connect } = await start(t);
  const ending = known('10.0.0.9', { ready: false, serving: true, terminating: true });
  source.tell([ending, here]);
  const client = await connect();
  await endpoint.accept();
  const { pools } = (await (await get(app.admin, '/endpoints')).json()) as { pools: unknown[] };
  t.deepEqual(pools, [
    {
      listener: 'web',
      source: WEB,
      policy: 'Cluster',
      node: 'node-a',
      zone: 'eu-1a',
      synced: true,
      endpoints: [
        {
          address: '10.0.0.9:80',
          node: null,
          zone: null,
          ready: false,
          serving: true,
          terminating: true,
          usable: false,
          ejected: false,
          ...WELL,
          sessions: 0,
        },
        {
          address: here.text,
          node: 'node-a',
          zone: 'eu-1a',
          ready: true,
          serving: true,
          terminating: false,
          usable: true,
          ejected: false,
          ...WELL,
          sessions: 1,
        },
      ],
    },
  ]);
  client.destroy();
});

test('herald_endpoints is a partition of what the source knows', async (t) => {
  const { app, source, here, get } = await start(t);
  source.tell([
    here,
    known('10.0.0.8', { ready: false, serving: true, terminating: true }),
    known('10.0.0.9', { ready: false, serving: false }),
  ]);
  // Whatever of it is a plan is in force when the admin address says so.
  const text = await (await get(app.metrics, '/metrics')).text();
  const states = [...text.matchAll(/^herald_endpoints\{listener="web",state="(\w+)"\} (\d+)$/gm)];
  t.deepEqual(
    states.map(([, state, count]) => `${state} ${count}`),
    ['usable 1', 'standby 1', 'ejected 0', 'unusable 1'],
  );
  t.regex(text, /^herald_discovery_synced\{discovery="k8s:shop\/web:https"\} 1$/m);
});

test('a policy that the Service changes is what /endpoints says', async (t) => {
  const { app, source, here, get } = await start(t, { trafficPolicy: 'service' });
  const far = known('10.0.0.9', { node: 'node-b' });
  const policy = async () => {
    const answer = (await (await get(app.admin, '/endpoints')).json()) as {
      pools: { policy: string; endpoints: { usable: boolean }[] }[];
    };
    const { policy: name, endpoints } = answer.pools[0]!;
    return [name, endpoints.filter(({ usable }) => usable).length];
  };
  source.tell([far, here]);
  t.deepEqual(await policy(), ['Cluster', 2]);
  source.tell([far, here], { service: service({ externalTrafficPolicy: 'Local' }) });
  while ((await policy())[0] !== 'Local');
  t.deepEqual(await policy(), ['Local', 1]);
});

test('P1: from the first sign of a drain balancers hear 503, whoever they ask', async (t) => {
  const { app, get } = await start(
    t,
    { trafficPolicy: 'Local' },
    { serviceHealth: '127.0.0.1:0', drainDelay: '1h' },
  );
  const statuses = async () => [
    (await get(app.serviceHealth, '/')).status,
    (await get(app.metrics, '/lb-healthz')).status,
    (await get(app.metrics, '/readyz')).status,
    (await get(app.metrics, '/startupz')).status,
  ];
  t.deepEqual(await statuses(), [200, 200, 200, 200]);
  void app.drain();
  t.deepEqual(await statuses(), [503, 503, 200, 200]);
});

test('a reload in a drain is not taken, and not said to be', async (t) => {
  const { app } = await start(t, {}, { drainDelay: '1h' });
  const before = app.listeners;
  void app.drain();
  const other = configFromValue(
    { version: 1, listeners: [{ name: 'other', listen: '127.0.0.1:0', to: '127.0.0.1:9' }] },
    {},
  );
  await t.throwsAsync(app.reload(other), { instanceOf: StartError, message: /is draining/ });
  t.deepEqual(app.listeners, before);
});

test('a Herald without a way to the API of Kubernetes does not start, and says why', async (t) => {
  const config = configFromValue(
    {
      version: 1,
      metrics: 'none',
      admin: 'none',
      kubeconfig: '/nowhere/kubeconfig',
      listeners: [{ listen: '127.0.0.1:0', to: WEB }],
    },
    {},
  );
  const error = await t.throwsAsync(() => startApp(config, createTestHost()), { name: 'ConfigError' });
  t.regex(error.message, /^--kubeconfig: no access to the API of Kubernetes: .*nowhere/);
});

for (const [engine, grows] of [
  ['net', 1],
  ['epoll', 0],
] as const) {
  const isHere = engine === 'net' || process.platform === 'linux';
  (isHere ? test : test.skip)(
    `the heap of the main thread may grow where it serves: --engine ${engine}`,
    async (t) => {
      let grown = 0;
      const host = { ...createTestHost(), growHeap: () => grown++ };
      const listeners = [{ listen: '127.0.0.1:0', to: '127.0.0.1:9' }];
      const written = { version: 1, engine, metrics: 'none', admin: 'none', drainDelay: '0s', listeners };
      const app = await startApp(configFromValue(written, {}), host);
      t.teardown(() => app.stop());
      t.is(grown, grows);
    },
  );
}
