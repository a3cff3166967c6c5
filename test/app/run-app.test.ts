import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import type { ConfigFile } from '../../src/app/reload.ts';
import { runApp } from '../../src/app/run-app.ts';
import { configFromFile } from '../../src/config/config-from-file.ts';
import { temporaryFile } from '../config/temporary-file.ts';
import { Connection } from '../helpers/connection.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { hurriedClock } from '../observe/hurried-clock.ts';
import { createTestHost } from '../tools/test-host.ts';

interface Written {
  readonly to: number;
  readonly listen?: string;
  readonly process?: string;
}

/** A file with one listener, `web`. */
const text = ({ to, listen = '127.0.0.1:0', process = '' }: Written) =>
  `version: 1\nengine: net\nadmin: none\nmetrics: 127.0.0.1:0\nlogFormat: json\ndrainTimeout: 0\n${process}
listeners:\n  - {name: web, listen: "${listen}", present: none, to: "127.0.0.1:${to}"}\n`;

async function startEndpoint(t: ExecutionContext): Promise<ScriptedEndpoint> {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  return endpoint;
}

async function start(t: ExecutionContext, { process = '', reloads = true, stdinIsTerminal = false } = {}) {
  const endpoint = await startEndpoint(t);
  const file = temporaryFile(t, text({ to: endpoint.port, process }));
  const host = createTestHost({ stdinIsTerminal });
  const source: ConfigFile = { file, read: () => configFromFile(file, new Map(), {}) };
  const status = runApp(source.read(), host, {
    source: reloads ? source : undefined,
    watch: { lookMs: 20, clock: hurriedClock },
  });
  t.teardown(async () => {
    host.signal('SIGTERM');
    host.signal('SIGTERM');
    await status;
  });
  const addressOf = async (message: string) => {
    const [, port] = await host.waitFor(new RegExp(`"address":"127\\.0\\.0\\.1:(\\d+)"[^\n]*"${message}"`));
    return Number(port);
  };
  const port = await addressOf('listening');
  const metricsPort = await addressOf('--metrics is open');
  const connect = async (to = endpoint) => {
    const client = await Connection.to({ host: '127.0.0.1', port });
    t.teardown(() => client.destroy());
    client.write('hello');
    const served = await to.accept();
    await served.read(5);
    return { client, served };
  };
  const metric = async (name: string) => {
    const scraped = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(scraped)?.[1]);
  };
  const write = (written: Written) => writeFileSync(file, text(written));
  return { host, status, endpoint, file, port, connect, metric, write };
}

const READ_AGAIN = /"configuration reloaded"/;
const NOT_TAKEN = /"reload failed; keeping the previous configuration"/;
const SUCCESSFUL = 'herald_config_last_reload_successful';
const TIMESTAMP = 'herald_config_last_reload_success_timestamp_seconds';

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} drains: a session goes on until it ends, and then the status is 0`, async (t) => {
    const { host, status, connect } = await start(t);
    const { client, served } = await connect();
    host.signal(signal);
    await host.waitFor(/"draining"/);
    client.write('still here');
    t.is(await served.readText(10), 'still here');
    served.end();
    client.end();
    t.is(await status, 0);
    t.is(host.listening, 0);
    t.is(host.err(), '');
  });
}

test('each port that is taken is a line of its own, and the status is 1', async (t) => {
  const [one, other] = [await startEndpoint(t), await startEndpoint(t)];
  const listeners = [one, other]
    .map(
      ({ port }, at) => `  - {name: n${at}, listen: "127.0.0.1:${port}", present: none, to: "127.0.0.1:1"}`,
    )
    .join('\n');
  const file = temporaryFile(
    t,
    `version: 1\nengine: net\nadmin: none\nmetrics: none\nlisteners:\n${listeners}\n`,
  );
  const host = createTestHost();
  t.is(await runApp(configFromFile(file, new Map(), {}), host), 1);
  const lines = host.err().trim().split('\n');
  t.deepEqual(
    lines.map((line) => /^herald: listener "(n\d)" cannot listen on .*in use/.exec(line)?.[1]),
    ['n0', 'n1'],
  );
});

test('a second SIGTERM stops: sessions are reset, and the status is 0', async (t) => {
  const { host, status, connect } = await start(t);
  const { client, served } = await connect();
  host.signal('SIGTERM');
  await host.waitFor(/"draining"/);
  host.signal('SIGTERM');
  t.deepEqual(await Promise.all([client.ending, served.ending]), ['reset', 'reset']);
  t.is(await status, 0);
  t.is(host.listening, 0);
});

test('a SIGTERM before anything is open is not lost', async (t) => {
  const endpoint = await startEndpoint(t);
  const file = temporaryFile(t, text({ to: endpoint.port }));
  const host = createTestHost();
  const status = runApp(configFromFile(file, new Map(), {}), host);
  host.signal('SIGTERM');
  t.is(await status, 0);
  t.is(host.listening, 0);
});

test('a port that is taken is status 1, one line, and nobody listens to signals any more', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const host = createTestHost();
  const file = temporaryFile(t, text({ to: 9, listen: `127.0.0.1:${port}` }));
  t.is(await runApp(configFromFile(file, new Map(), {}), host), 1);
  t.regex(host.err(), new RegExp(`^herald: listener "web" cannot listen on 127\\.0\\.0\\.1:${port}: .*\n$`));
  t.is(host.listening, 0);
});

test('SIGHUP reads the file again: new sessions go where it says, those that are open stay', async (t) => {
  const { host, connect, write, metric } = await start(t);
  const before = await connect();
  const startedAt = await metric(TIMESTAMP);
  t.true(Math.abs(startedAt - Date.now() / 1000) < 60);
  const other = await startEndpoint(t);
  write({ to: other.port });
  host.signal('SIGHUP');
  await host.waitFor(READ_AGAIN);
  const after = await connect(other);
  after.client.write('new');
  t.is(await after.served.readText(3), 'new');
  before.client.write('old');
  t.is(await before.served.readText(3), 'old');
  t.is(await metric(SUCCESSFUL), 1);
  t.true((await metric(TIMESTAMP)) > startedAt);
});

test('a wrong file keeps what serves, tells every problem, and metrics say so until one is right', async (t) => {
  const { host, connect, write, metric, endpoint } = await start(t);
  const startedAt = await metric(TIMESTAMP);
  write({ to: 0, listen: 'nowhere', process: 'bogus: 1' });
  host.signal('SIGHUP');
  await host.waitFor(NOT_TAKEN);
  const errors = host
    .out()
    .split('\n')
    .filter((line) => line.includes('"level":"error"'));
  t.is(errors.length, 4);
  for (const word of ['bogus', 'listeners\\[0\\]\\.listen', 'listeners\\[0\\]\\.to']) {
    t.is(errors.filter((line) => new RegExp(`herald\\.yaml:\\d+: ${word}`).test(line)).length, 1, word);
  }
  t.is(await metric(SUCCESSFUL), 0);
  t.is(await metric(TIMESTAMP), startedAt);
  t.is((await connect()).served.received.length, 0);

  write({ to: endpoint.port });
  host.signal('SIGHUP');
  await host.waitFor(READ_AGAIN);
  t.is(await metric(SUCCESSFUL), 1);
});

test('a file whose port is taken keeps what serves', async (t) => {
  const { host, connect, write, metric, endpoint } = await start(t);
  write({ to: 9, listen: `127.0.0.1:${endpoint.port}` });
  host.signal('SIGHUP');
  await host.waitFor(NOT_TAKEN);
  t.regex(host.out(), new RegExp(`127\\.0\\.0\\.1:${endpoint.port}: the address is in use`));
  t.is(await metric(SUCCESSFUL), 0);
  t.truthy(await connect());
});

test('options of the process that changed need a restart, and a warning names them', async (t) => {
  const { host, write, endpoint } = await start(t);
  write({ to: endpoint.port, process: 'logLevel: debug\naccessLog: all' });
  host.signal('SIGHUP');
  await host.waitFor(READ_AGAIN);
  await host.waitFor(/"level":"warn".*"options":\["logLevel","accessLog"\].*restart Herald to apply them/);
  t.pass();
});

test('a reload that fails logs the old names of the file before its mistakes', async (t) => {
  const { host, file, endpoint } = await start(t);
  writeFileSync(file, text({ to: endpoint.port }).replace('present: none', 'present: none, expect: v2'));
  host.signal('SIGHUP');
  await host.waitFor(NOT_TAKEN);
  t.regex(
    host.out(),
    /"level":"warn"[^\n]*expect is now called acceptProxy[^\n]*\n[^\n]*"level":"error"[^\n]*since expect is v2/,
  );
});

test('without a file and without a terminal SIGHUP is ignored, with one line for debugging', async (t) => {
  const { host, connect } = await start(t, { reloads: false, process: 'logLevel: debug' });
  host.signal('SIGHUP');
  await host.waitFor(/"level":"debug".*SIGHUP ignored: there is no configuration file to read again/);
  t.truthy(await connect());
});

test('without a file a closed terminal drains, and its second SIGHUP resets no session', async (t) => {
  const { host, status, connect } = await start(t, { reloads: false, stdinIsTerminal: true });
  const { client, served } = await connect();
  host.signal('SIGHUP');
  await host.waitFor(/"sessions":1,"delayMs":0,"timeoutMs":0,"msg":"draining"/);
  host.signal('SIGHUP');
  client.write('still here');
  t.is(await served.readText(10), 'still here');
  served.end();
  client.end();
  t.is(await status, 0);
});

test('with a file SIGHUP reads it again, on a terminal too', async (t) => {
  const { host, connect } = await start(t, { stdinIsTerminal: true });
  host.signal('SIGHUP');
  await host.waitFor(READ_AGAIN);
  t.truthy(await connect());
});

test('with watchConfig a file that changes is read again without a signal', async (t) => {
  const { host, connect, write } = await start(t, { process: 'watchConfig: true' });
  const other = await startEndpoint(t);
  // No event tells when the watch has begun, so the file is written until a change is seen.
  const again = setInterval(() => write({ to: other.port, process: 'watchConfig: true' }), 50);
  t.teardown(() => clearInterval(again));
  await host.waitFor(READ_AGAIN);
  clearInterval(again);
  t.truthy(await connect(other));
});
