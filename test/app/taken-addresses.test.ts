import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { startApp } from '../../src/app/app.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createTestHost } from '../tools/test-host.ts';

// A default address of --metrics or --admin that another process has at the start.

async function occupy(t: ExecutionContext): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return server;
}

/** A Herald whose default --metrics address is that of the server. */
async function startBeside(server: Server) {
  const host = createTestHost();
  const clock = createManualClock();
  const listeners = [{ name: 'web', listen: '127.0.0.1:0', to: '127.0.0.1:9', present: 'none' }];
  const written = { version: 1, engine: 'net', metrics: 'none', admin: 'none', logFormat: 'json', listeners };
  const config = configFromValue(written, {});
  const { port } = server.address() as AddressInfo;
  const address = { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port } as const;
  const process = { ...config.process, metrics: { address, asked: false } };
  const app = await startApp({ ...config, process }, host, { clock });
  return { app, host, clock, text: `127.0.0.1:${port}` };
}

test('a default address that is in use at the start is opened once it is free', async (t) => {
  const server = await occupy(t);
  const { app, host, clock, text } = await startBeside(server);
  t.teardown(() => app.stop());
  t.is(app.metrics, null);
  await host.waitFor(/continuing without it until it is free/);
  await new Promise((resolve) => server.close(resolve));
  clock.advance(1000);
  await host.waitFor(/"--metrics is open"/);
  t.is(app.metrics, text);
  t.is((await fetch(`http://${text}/livez`)).status, 200);
});

test('while it stays in use it is tried again each second, with one warning, and a stop ends that', async (t) => {
  const server = await occupy(t);
  const { app, host, clock } = await startBeside(server);
  const before = clock.waiting;
  for (let second = 0; second < 3; second++) {
    clock.advance(1000);
    t.true(clock.waiting < before);
    while (clock.waiting < before) await new Promise(setImmediate);
  }
  t.is(host.out().match(/continuing without it/g)?.length, 1);
  await app.stop();
  clock.advance(60_000);
  t.is(app.metrics, null);
  t.is(clock.waiting, 0);
});
