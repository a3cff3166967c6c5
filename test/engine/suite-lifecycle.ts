import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestFn } from 'ava';
import { parseHeader } from '../../src/wire/parse-header.ts';
import { Connection } from '../helpers/connection.ts';
import {
  type CreateEngine,
  EngineHarness,
  endpointAt,
  TRUSTED,
  unixEndpoint,
} from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { NONE, sessionRows } from './session-rows.ts';

/** Unix sockets, reload, drain and stop. */
export function lifecycleSuite(test: TestFn, engine: string, create: CreateEngine): void {
  const row = sessionRows(test, engine, create);

  // ── unix sockets ──

  test(`${engine}: unix sockets serve on both sides, and their clients are announced without an address`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'herald-'));
    const endpoint = await ScriptedEndpoint.start({ path: join(folder, 'endpoint') });
    const harness = await EngineHarness.start(create, {
      listen: { kind: 'unix', path: join(folder, 'herald') },
      endpoints: [unixEndpoint(join(folder, 'endpoint'))],
    });
    (await harness.connect()).end('hello');
    const served = await endpoint.accept();
    const result = parseHeader(await served.read(16));
    t.like(result, { status: 'header', header: { command: 'PROXY', family: 'UNSPEC' }, length: 16 });
    t.is((await served.readToEnd()).toString(), 'hello');
    served.end();
    t.like(await harness.record(), { client: 'unix', reason: 'client_closed' });
    await harness.stop();
    await endpoint.stop();
    await rm(folder, { recursive: true });
  });

  test(`${engine}: peers of a unix socket are trusted by name`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'herald-'));
    const endpoint = await ScriptedEndpoint.start();
    const listen = { kind: 'unix', path: join(folder, 'herald') } as const;
    const common = { listen, endpoints: [endpointAt(endpoint.port)], ...NONE };
    const trusting = await EngineHarness.start(create, {
      ...common,
      admission: { acceptProxy: 'any', trustUnix: true },
    });
    (await trusting.connect()).end('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nhello');
    t.is((await (await endpoint.accept()).readToEnd()).toString(), 'hello');
    await trusting.stop();
    t.is((await trusting.record()).client, '192.0.2.1:1');
    const strict = await EngineHarness.start(create, { ...common, admission: { ...TRUSTED } });
    await strict.connect();
    t.is((await strict.record()).reason, 'untrusted');
    await strict.stop();
    await endpoint.stop();
    await rm(folder, { recursive: true });
  });

  // ── reload ──

  row(
    'a plan with other endpoints leaves sessions where they are',
    () => NONE,
    async (t, harness, endpoint) => {
      const other = await ScriptedEndpoint.start();
      const old = await harness.connect();
      const served = await endpoint.accept();
      const { address } = harness.open[0]!;
      await harness.apply({
        ...NONE,
        listen: { kind: 'tcp', ip: new Uint8Array([127, 0, 0, 1]), port: 0 },
        endpoints: [endpointAt(other.port, 1)],
      });
      t.deepEqual(harness.open[0]!.address, address);
      await harness.connect();
      await other.accept();
      old.end('still here');
      t.is((await served.readToEnd()).toString(), 'still here');
      await other.stop();
    },
  );

  row(
    'a listener that the plan no longer has closes, its sessions stay',
    (endpoint) => ({ ...NONE, endpoints: [endpointAt(endpoint.port)] }),
    async (t, harness, endpoint) => {
      const old = await harness.connect();
      const served = await endpoint.accept();
      const { address } = harness.open[0]!;
      await harness.apply({ id: 1, name: 'other', endpoints: [] });
      t.is(harness.open[0]!.name, 'other');
      await old.end('still here');
      t.is((await served.readToEnd()).toString(), 'still here');
      await t.throwsAsync(
        Connection.to({ host: '127.0.0.1', port: address.kind === 'tcp' ? address.port : 0 }),
        { code: 'ECONNREFUSED' },
      );
    },
  );

  row(
    'a port that is taken is an error, and what was open stays',
    () => NONE,
    async (t, harness, endpoint) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => taken.once('listening', resolve));
      const { port } = taken.address() as { port: number };
      await t.throwsAsync(
        harness.engine
          .apply({ generation: 2, listeners: [] })
          .then(() =>
            harness.apply({ id: 2, listen: { kind: 'tcp', ip: new Uint8Array([127, 0, 0, 1]), port } }),
          ),
        { name: 'StartError', message: /in use/ },
      );
      t.is(endpoint.count, 0);
      taken.close();
    },
  );

  row(
    'a plan that can not be taken leaves no path of a unix socket behind',
    () => NONE,
    async (t, harness) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as { port: number };
      const folder = await mkdtemp(join(tmpdir(), 'herald-'));
      const path = join(folder, 's');
      const ip = new Uint8Array([127, 0, 0, 1]);
      await t.throwsAsync(
        harness.apply(
          NONE,
          { id: 1, listen: { kind: 'unix', path } },
          { id: 2, listen: { kind: 'tcp', ip, port } },
        ),
        { name: 'StartError' },
      );
      t.deepEqual(await readdir(folder), []);
      taken.close();
      await rm(folder, { recursive: true });
    },
  );

  // ── the end ──

  row(
    'a drain serves what waits, refuses what comes later, and ends with the last session',
    () => NONE,
    async (t, harness, endpoint) => {
      const client = await harness.connect();
      const served = await endpoint.accept();
      const queued = await harness.connect();
      queued.end('queued');
      const { address } = harness.open[0]!;
      const drained = harness.engine.drain();
      const late = await endpoint.accept();
      t.is((await late.readToEnd()).toString(), 'queued');
      late.end();
      await t.throwsAsync(
        Connection.to({ host: '127.0.0.1', port: address.kind === 'tcp' ? address.port : 0 }),
        { code: 'ECONNREFUSED' },
      );
      client.end('last');
      t.is((await served.readToEnd()).toString(), 'last');
      served.end();
      await drained;
      t.is(harness.active, 0);
    },
  );

  row(
    'a drain serves all who wait in the queue, however many',
    () => NONE,
    async (t, harness, endpoint) => {
      const clients = await Promise.all(Array.from({ length: 40 }, () => harness.connect()));
      const drained = harness.engine.drain();
      for (const client of clients) client.end('queued');
      for (const _ of clients) {
        const served = await endpoint.accept();
        t.is((await served.readToEnd()).toString(), 'queued');
        served.end();
      }
      await drained;
      t.is(harness.counter('opened'), clients.length);
    },
  );

  row(
    'a stop resets what is left, whatever phase it is in',
    (endpoint) => ({ admission: { ...TRUSTED }, endpoints: [endpointAt(endpoint.port)] }),
    async (t, harness, endpoint) => {
      const relaying = await harness.connect();
      relaying.write('PROXY UNKNOWN\r\n');
      await endpoint.accept();
      const reading = await harness.connect();
      reading.write('PROXY');
      while (harness.active < 2) await new Promise(setImmediate);
      await harness.engine.stop('drain_timeout');
      t.deepEqual([await relaying.ending, await reading.ending], ['reset', 'reset']);
      t.deepEqual(
        [(await harness.record()).reason, (await harness.record()).reason],
        ['drain_timeout', 'drain_timeout'],
      );
      t.is(harness.active, 0);
    },
  );
}
