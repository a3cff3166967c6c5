import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { startApp } from '../../src/app/app.ts';
import { loadSockets } from '../../src/app/load-sockets.ts';
import type { ProcessOptions } from '../../src/config/config.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { onLinux } from '../linux/on-linux.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { ask } from '../ops/ask.ts';
import { createTestHost } from '../tools/test-host.ts';

// A default address of --metrics or --admin that another process has at the start.

async function occupy(t: ExecutionContext): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return server;
}

const addressOf = (server: Server) =>
  ({ kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: (server.address() as AddressInfo).port }) as const;

/** A Herald whose default --metrics address is that of the server. */
async function startBeside(server: Server, more: Partial<ProcessOptions> = {}) {
  const host = createTestHost();
  const clock = createManualClock();
  const listeners = [{ name: 'web', listen: '127.0.0.1:0', to: '127.0.0.1:9', present: 'none' }];
  const written = { version: 1, engine: 'net', metrics: 'none', admin: 'none', logFormat: 'json', listeners };
  const config = configFromValue(written, {});
  const address = addressOf(server);
  const process = { ...config.process, metrics: { address, asked: false }, ...more };
  const { reusePort } = process;
  const sockets = reusePort ? await loadSockets(platform, { reusePort }) : null;
  const app = await startApp({ ...config, process }, host, { clock, sockets });
  return { app, host, clock, text: `127.0.0.1:${address.port}` };
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

test('a default address that cannot be had at all is said not to be there, and is not tried again', async (t) => {
  const server = await occupy(t);
  const metrics = {
    address: { kind: 'tcp', ip: Uint8Array.of(192, 0, 2, 1), port: 9464 },
    asked: false,
  } as const;
  const { app, host, clock } = await startBeside(server, { metrics });
  t.teardown(() => app.stop());
  await host.waitFor(/this machine has no such address; continuing without it\. Set --metrics to another/);
  clock.advance(60_000);
  t.is(app.metrics, null);
});

test('an address that was asked for and is in use is an error', async (t) => {
  const server = await occupy(t);
  await t.throwsAsync(startBeside(server, { metrics: { address: addressOf(server), asked: true } }), {
    message: /^--metrics cannot listen on .*: the address is in use by another program$/,
  });
});

onLinux('with --reuse-port it is opened once it is free', async (t) => {
  const server = await occupy(t);
  const metrics = { address: addressOf(server), asked: true };
  const { app, host, clock, text } = await startBeside(server, { metrics, reusePort: true });
  t.teardown(() => app.stop());
  await host.waitFor(/continuing without it until it is free"/);
  await new Promise((resolve) => server.close(resolve));
  clock.advance(1000);
  await host.waitFor(/"--metrics is open"/);
  t.is(app.metrics, text);
});

onLinux(
  'with --reuse-port no other process can share an ops address: a probe would reach either',
  async (t) => {
    const metrics = {
      address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 },
      asked: true,
    } as const;
    const { app } = await startBeside(await occupy(t), { metrics, reusePort: true });
    t.teardown(() => app.stop());
    const listen = { ...metrics.address, port: Number(app.metrics!.split(':')[1]) };
    const other = (await loadSockets(platform, { reusePort: true }))!;
    t.throws(() => other.open({ name: 'web', listen, keepaliveMs: 0 }, 1), { code: 'EADDRINUSE' });
  },
);

onLinux(
  'with --reuse-port a draining Herald gives its ops addresses of TCP to the next one at once',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'herald-'));
    t.teardown(() => rm(folder, { recursive: true }));
    const metrics = {
      address: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 },
      asked: true,
    } as const;
    const admin = { address: { kind: 'unix', path: join(folder, 'admin') }, asked: true } as const;
    const server = await occupy(t);
    const { app } = await startBeside(server, { metrics, admin, reusePort: true, drainDelay: 60_000 });
    t.teardown(() => app.stop());
    const port = Number(app.metrics!.split(':')[1]);
    void app.drain();
    const next = createServer();
    t.teardown(() => next.close());
    for (let open = false; !open; ) {
      next.listen(port, '127.0.0.1');
      open = await once(next, 'listening').then(
        () => true,
        () => false,
      );
    }
    t.is(app.metrics, null);
    t.is((await ask({ kind: 'unix', path: join(folder, 'admin') }, '/lb-healthz')).status, 503);
  },
);
