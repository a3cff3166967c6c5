import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext, TestFn } from 'ava';
import { StartError } from '../../src/plan/start-error.ts';
import { Connection } from '../helpers/connection.ts';
import { type CreateEngine, EngineHarness, endpointAt, type PlanParts } from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';

/** Every engine carries these two, as bytes or as HTTP. */
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

type Play = (
  t: ExecutionContext,
  start: (...plans: PlanParts[]) => Promise<EngineHarness>,
  red: ScriptedEndpoint,
  blue: ScriptedEndpoint,
) => Promise<void>;

/** Listeners that come to an address which another one gives up in the same plan. */
export function handoverSuite(test: TestFn, engine: string, create: CreateEngine, form: PlanParts): void {
  const row = (title: string, play: Play) =>
    test(`${engine}: ${title}`, async (t) => {
      const [red, blue] = await Promise.all([ScriptedEndpoint.start(), ScriptedEndpoint.start()]);
      let harness: EngineHarness | undefined;
      const start = async (...plans: PlanParts[]) => {
        harness = await EngineHarness.start(create, ...plans);
        return harness;
      };
      try {
        await play(t, start, red, blue);
        t.deepEqual(harness?.faults, []);
      } finally {
        await harness?.stop();
        await Promise.all([red.stop(), blue.stop()]);
      }
    });

  const listener = (id: number, listen: NonNullable<PlanParts['listen']>, endpoint: ScriptedEndpoint) => ({
    ...form,
    id,
    name: `name-${id}`,
    listen,
    endpoints: [endpointAt(endpoint.port, id)],
  });
  const on = (port: number) => ({ kind: 'tcp', ip: new Uint8Array([127, 0, 0, 1]), port }) as const;

  row('a listener that is renamed keeps its socket and its sessions', async (t, start, red, blue) => {
    const port = await unusedPort();
    const harness = await start(listener(0, on(port), red));
    const lasting = await harness.connect();
    lasting.write(REQUEST);
    const served = await red.accept();
    await harness.apply(listener(1, on(port), blue));
    t.deepEqual(
      harness.open.map(({ id, name }) => [id, name]),
      [[1, 'name-1']],
    );
    (await harness.connect()).write(REQUEST);
    t.regex(await (await blue.accept()).readText(5), /^GET \//);
    served.write(ANSWER);
    t.is(await lasting.readText(8), 'HTTP/1.1');
    t.deepEqual([harness.counter('opened', 0), harness.counter('opened', 1)], [1, 1]);
    await harness.engine.stop('stopped');
    await t.throwsAsync(Connection.to({ host: '127.0.0.1', port }), { code: 'ECONNREFUSED' });
  });

  row('two listeners may change places', async (t, start, red, blue) => {
    const [one, other] = [await unusedPort(), await unusedPort()];
    const harness = await start(listener(0, on(one), red), listener(1, on(other), blue));
    await harness.apply(listener(0, on(other), red), listener(1, on(one), blue));
    t.deepEqual(
      harness.open.map(({ address }) => address.kind === 'tcp' && address.port),
      [other, one],
    );
    for (const [index, endpoint] of [red, blue].entries()) {
      (await harness.connect({}, index)).write(REQUEST);
      t.regex(await (await endpoint.accept()).readText(5), /^GET \//);
      t.is(harness.counter('opened', index), 1);
    }
  });

  row('three listeners may change places in a circle', async (t, start, red, blue) => {
    const ports = [await unusedPort(), await unusedPort(), await unusedPort()] as const;
    const harness = await start(...ports.map((port, id) => listener(id, on(port), red)));
    const waits = await harness.connect();
    await harness.apply(...ports.map((_, id) => listener(id, on(ports[(id + 1) % 3]!), blue)));
    t.deepEqual(
      harness.open.map(({ address }) => address.kind === 'tcp' && address.port),
      [ports[1], ports[2], ports[0]],
    );
    for (const [index] of ports.entries()) {
      (await harness.connect({}, index)).write(REQUEST);
      t.regex(await (await blue.accept()).readText(5), /^GET \//);
    }
    waits.destroy();
  });

  row(
    'a listener may name the port that port 0 gave it, and keeps its socket',
    async (t, start, red, blue) => {
      const harness = await start(listener(0, on(0), red));
      const { address } = harness.open[0]!;
      await harness.apply(listener(0, address, blue));
      t.deepEqual(harness.open[0]!.address, address);
      (await harness.connect()).write(REQUEST);
      t.regex(await (await blue.accept()).readText(5), /^GET \//);
      await harness.apply(listener(1, address, red));
      (await harness.connect()).write(REQUEST);
      t.regex(await (await red.accept()).readText(5), /^GET \//);
    },
  );

  row(
    'a listener that is to move where it cannot listen leaves all as it was',
    async (t, start, red, blue) => {
      const [one, other] = [await unusedPort(), await unusedPort()];
      const harness = await start(listener(0, on(one), red), listener(1, on(other), red));
      const nowhere = { kind: 'tcp', ip: new Uint8Array([192, 0, 2, 1]), port: 0 } as const;
      const next = [listener(0, on(other), blue), listener(1, on(one), blue), listener(2, nowhere, blue)];
      await t.throwsAsync(harness.apply(...next), { name: 'StartError' });
      for (const index of [0, 1]) {
        (await harness.connect({}, index)).write(REQUEST);
        t.regex(await (await red.accept()).readText(5), /^GET \//);
        t.is(harness.counter('opened', index), 1);
      }
    },
  );

  row('a plan that cannot be applied names each listener that cannot be opened', async (t, start, red) => {
    const [one, other] = [await unusedPort(), await unusedPort()];
    const harness = await start(listener(0, on(one), red));
    const nowhere = { kind: 'tcp', ip: new Uint8Array([192, 0, 2, 1]), port: 0 } as const;
    const next = [listener(1, nowhere, red), listener(2, on(other), red), listener(3, nowhere, red)];
    const error = await t.throwsAsync(harness.apply(...next), { instanceOf: StartError });
    t.deepEqual([...error.listeners.keys()], ['name-1', 'name-3']);
    t.deepEqual(error.lines, [...error.listeners.values()]);
    t.regex(error.lines[1]!, /^listener "name-3" cannot listen on 192\.0\.2\.1:0: /);
    // Nothing has been left open.
    await harness.apply(listener(0, on(one), red), listener(2, on(other), red));
    t.is(harness.open.length, 2);
  });

  row('a plan that comes while the engine drains leaves nothing open', async (t, start, red) => {
    const [one, other] = [await unusedPort(), await unusedPort()];
    const harness = await start(listener(0, on(one), red));
    const both = [listener(0, on(one), red), listener(1, on(other), red)];
    const leaving = { name: 'StartError', code: 'leaving' };
    const applied = harness.apply(...both).catch((error) => t.like(error, leaving));
    await harness.engine.drain();
    await applied;
    await t.throwsAsync(harness.apply(...both), leaving);
    for (const port of [one, other])
      await t.throwsAsync(Connection.to({ host: '127.0.0.1', port }), { code: 'ECONNREFUSED' });
  });

  row(
    'the path of a unix socket goes on under another name, and goes with it',
    async (t, start, red, blue) => {
      const folder = await mkdtemp(join(tmpdir(), 'herald-'));
      t.teardown(() => rm(folder, { recursive: true }));
      const path = join(folder, 'socket');
      const harness = await start(listener(0, { kind: 'unix', path }, red));
      await harness.apply(listener(1, { kind: 'unix', path }, blue));
      (await harness.connect()).write(REQUEST);
      t.regex(await (await blue.accept()).readText(5), /^GET \//);
      await harness.engine.stop('stopped');
      await t.throwsAsync(access(path), { code: 'ENOENT' });
    },
  );
}
