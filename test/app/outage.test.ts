import test, { type ExecutionContext } from 'ava';
import { startApp } from '../../src/app/app.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import type { Clock } from '../../src/observe/clock.ts';
import type { PoolStatus, Status } from '../../src/ops/ops-state.ts';
import { Connection } from '../helpers/connection.ts';
import { retry } from '../helpers/peer-start.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { hurriedClock } from '../observe/hurried-clock.ts';
import { createTestHost } from '../tools/test-host.ts';

/** How each engine comes to serve. */
const ENGINES: { readonly [name: string]: { readonly engine: string; readonly present: string } } = {
  ...(process.platform === 'linux' ? { epoll: { engine: 'epoll', present: 'none' } } : {}),
  net: { engine: 'net', present: 'none' },
  http: { engine: 'net', present: 'forwarded' },
};

const CLIENTS = 12;
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** A Herald in front of two ports that refuse connects. */
async function start(
  t: ExecutionContext,
  { engine, present }: { engine: string; present: string },
  parts = {},
  process = {},
  clock?: Clock,
) {
  const ports = [await unusedPort(), await unusedPort()];
  const to = ports.map((port) => `127.0.0.1:${port}`);
  const host = createTestHost();
  const ops = { metrics: '127.0.0.1:0', admin: '127.0.0.1:0' };
  const listeners = [{ name: 'web', listen: '127.0.0.1:0', to, present, ejectFor: '1h', ...parts }];
  const config = configFromValue({ version: 1, engine, threads: 2, ...ops, ...process, listeners }, {});
  const app = await startApp(config, host, clock === undefined ? {} : { clock });
  t.teardown(() => app.stop());
  const port = Number(app.listeners[0]!.address.split(':').at(-1));
  const get = async <T>(path: string) => (await (await fetch(`http://${app.admin}${path}`)).json()) as T;
  const connect = async () => {
    const client = await Connection.to({ host: '127.0.0.1', port });
    t.teardown(() => client.destroy());
    client.write(REQUEST);
    return client;
  };
  /** A client that is refused, by a reset or an answer. */
  const visit = async () => {
    const client = await connect();
    await client.readToEnd().catch(() => {});
    client.destroy();
  };
  return {
    ports,
    to,
    get,
    visit,
    connect,
    metrics: async () => (await fetch(`http://${app.metrics}/metrics`)).text(),
    /** The first line of the log that says this, now or later. */
    logged: async (msg: string) => {
      const [line] = await host.waitFor(new RegExp(`^.*"msg":"${msg}".*$`, 'm'));
      return JSON.parse(line) as { readonly [field: string]: unknown };
    },
  };
}

for (const [name, way] of Object.entries(ENGINES)) {
  test(`an outage of every endpoint is seen wherever an operator looks: ${name}`, async (t) => {
    const { to, ports, get, visit, connect, metrics, logged } = await start(t, way, {}, {}, hurriedClock);
    for (let client = 0; client < CLIENTS; client++) await visit();

    const { listeners } = await get<Status>('/status');
    t.like(listeners[0], { refused: 0, failed: CLIENTS, opened: CLIENTS });
    t.is(listeners[0]!.lastError?.reason, 'connect_refused');
    t.true(listeners[0]!.lastError!.ms < 60_000);

    const { refused, failed } = await get<{ refused: []; failed: { sessions: number; lastError: object } }>(
      '/refused',
    );
    t.deepEqual(refused, []);
    t.is(failed.sessions, CLIENTS);
    t.like(failed.lastError, { reason: 'connect_refused' });

    const { pools } = await get<{ pools: PoolStatus[] }>('/endpoints');
    const { endpoints } = pools[0]!;
    t.deepEqual(endpoints.map(({ address }) => address).toSorted(), to.toSorted());
    // Half of the pool may be ejected; the other one is tried for everybody.
    const [out, left] = endpoints.toSorted((a, b) => Number(a.usable) - Number(b.usable));
    t.like(out, { usable: false, ejected: true, failing: false });
    t.like(left, { usable: true, ejected: false, failing: true });
    for (const { fails, lastFailure } of endpoints) {
      t.true(fails >= 5, `${fails}`);
      t.is(lastFailure?.reason, 'connect_refused');
    }

    const text = await metrics();
    t.regex(
      text,
      new RegExp(
        `^herald_sessions_closed_total\\{listener="web",reason="connect_refused"\\} ${CLIENTS}$`,
        'm',
      ),
    );
    t.deepEqual(
      [...text.matchAll(/^herald_endpoints\{listener="web",state="(\w+)"\} (\d+)$/gm)].map(
        ([, state, count]) => `${state} ${count}`,
      ),
      ['usable 1', 'standby 0', 'ejected 1', 'unusable 0'],
    );

    const ejected = await logged('endpoint ejected: its connects fail');
    t.like(ejected, { level: 'warn', listener: 'web', endpoint: out!.address, reason: 'connect_refused' });
    t.like(
      await logged('endpoint fails but is not ejected: as many as --eject-max allows are ejected already'),
      {
        level: 'warn',
        endpoint: left!.address,
      },
    );

    const [, port] = left!.address.split(':');
    t.true(ports.includes(Number(port)));
    const endpoint = await ScriptedEndpoint.start({ host: '127.0.0.1', port: Number(port) });
    t.teardown(() => endpoint.stop());
    await connect();
    await endpoint.accept();
    t.like(await logged('endpoint accepts connections again'), {
      level: 'info',
      endpoint: left!.address,
    });
  });
}

for (const [name, way] of Object.entries(ENGINES)) {
  test(`an access log that is off hides no failure: ${name}`, async (t) => {
    const { get, visit } = await start(t, way, { attempts: 1 }, { accessLog: 'none' });
    await visit();
    const { listeners } = await get<Status>('/status');
    t.like(listeners[0], { failed: 1 });
    t.is(listeners[0]!.lastError?.reason, 'connect_refused');
  });
}

for (const [name, way, workers] of [
  ['epoll', ENGINES.epoll, ['0', '1']],
  ['net', ENGINES.net, ['main']],
  ['only forwarded listeners', ENGINES.http, ['main']],
] as const) {
  if (way === undefined) continue;
  test(`metrics of workers are of those that there are: ${name}`, async (t) => {
    const { metrics } = await start(t, way);
    const text = await metrics();
    for (const metric of [
      'herald_worker_sessions',
      'herald_worker_busy_seconds_total',
      'herald_worker_busy_ratio',
    ]) {
      const found = [...text.matchAll(new RegExp(`^${metric}\\{worker="(\\w+)"\\}`, 'gm'))];
      t.deepEqual(
        found.map(([, worker]) => worker),
        [...workers],
        metric,
      );
    }
    // A second scrape right after the first does not change the ratio: an idle worker is idle in both.
    for (const scrape of [text, await metrics()]) {
      for (const [line, ratio] of scrape.matchAll(/^herald_worker_busy_ratio\{.*\} (.*)$/gm))
        t.true(Number(ratio) < 0.9, line);
    }
  });
}

test('the main thread is a worker for as long as it serves', async (t) => {
  const host = createTestHost();
  const to = `127.0.0.1:${await unusedPort()}`;
  const configOf = (...presents: readonly string[]) => {
    const listeners = presents.map((present) => ({ name: present, listen: '127.0.0.1:0', to, present }));
    return configFromValue({ version: 1, threads: 1, metrics: '127.0.0.1:0', admin: 'none', listeners }, {});
  };
  const app = await startApp(configOf('none'), host);
  t.teardown(() => app.stop());
  const workers = async () => {
    const text = await (await fetch(`http://${app.metrics}/metrics`)).text();
    return [...text.matchAll(/^herald_worker_sessions\{worker="(\w+)"\}/gm)].map(([, worker]) => worker);
  };
  const own = await workers();
  await app.reload(configOf('none', 'forwarded'));
  t.deepEqual(await workers(), [...new Set([...own, 'main'])]);
  await app.reload(configOf('none'));
  await retry(async () => {
    if ((await workers()).length > own.length) throw new Error('it still serves');
  });
  t.deepEqual(await workers(), own);
});
