import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Connection } from '../helpers/connection.ts';
import { Generations } from '../helpers/generations.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { RequestTalk, talkOnce } from '../helpers/request-talk.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { askOps, localhost } from './take-over-world.ts';

// The configuration file says something else when the successor reads it.

const onLinux = process.platform === 'linux' ? test.serial : test.skip;

const GOOD_END = { code: 0, signal: null };
/** More than the sockets of any configuration here, so that each of them gets some. */
const CLIENTS = 24;

async function createWorld(t: ExecutionContext) {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const file = join(await folderFor(t), 'herald.yaml');
  const [metricsPort, adminPort] = [await unusedPort(), await unusedPort()];
  const ops = `metrics: 127.0.0.1:${metricsPort}\nadmin: 127.0.0.1:${adminPort}`;
  /** Replaces the file by one with these options of the process, and these listeners. */
  const write = (options: string, ...listeners: readonly string[]) => {
    const addresses = options.includes('metrics:') ? '' : ops;
    const lines = ['version: 1', 'drainTimeout: 60s', addresses, options, 'listeners:', ...listeners];
    writeFileSync(`${file}.new`, lines.join('\n'));
    renameSync(`${file}.new`, file);
  };
  const listener = (name: string, listen: string | number, more = 'present: none') =>
    `  - {name: ${name}, listen: "${typeof listen === 'number' ? `127.0.0.1:${listen}` : listen}", to: "127.0.0.1:${endpoint.port}", ${more}}`;
  const start = (listeners: number) => Generations.start(t, `run --config ${file}`, { listeners });
  return { endpoint, write, listener, start, metricsPort, adminPort };
}

/** Many sessions one after the other; all of them by the youngest. */
async function allByYoungest(
  t: ExecutionContext,
  herald: Generations,
  endpoint: ScriptedEndpoint,
  port: number,
) {
  for (let client = 0; client < CLIENTS; client++) {
    t.is(await talkOnce(endpoint, localhost(port), herald.pids), herald.pid);
  }
}

async function isRefused(port: number): Promise<boolean> {
  const refused = await Connection.to(localhost(port)).then(
    (client) => client.reset(),
    (error: NodeJS.ErrnoException) => error.code,
  );
  return refused === 'ECONNREFUSED';
}

const ENGINE_CHANGES: { readonly [title: string]: readonly string[] } = {
  'from one thread to four, and back': [
    'engine: epoll\nthreads: 1',
    'engine: epoll\nthreads: 4',
    'engine: epoll\nthreads: 1',
  ],
  'from four threads to two': ['engine: epoll\nthreads: 4', 'engine: epoll\nthreads: 2'],
  'from epoll to net, and back': ['engine: epoll\nthreads: 2', 'engine: net', 'engine: epoll\nthreads: 2'],
};

for (const [title, [first, ...others]] of Object.entries(ENGINE_CHANGES)) {
  onLinux(`no client is lost, nor left in a queue of nobody, ${title}`, async (t) => {
    const { endpoint, write, listener, start } = await createWorld(t);
    const port = await unusedPort();
    write(first!, listener('web', port));
    const herald = await start(1);
    for (const options of others) {
      const old = herald.pid;
      const before = await RequestTalk.begin(endpoint, localhost(port));
      t.is(before.holder(herald.pids), old);
      write(options, listener('web', port));
      await herald.takeOver();
      await allByYoungest(t, herald, endpoint, port);
      await before.finish();
      await herald.exitOf(old);
      await allByYoungest(t, herald, endpoint, port);
    }
    t.deepEqual(await herald.stop(), GOOD_END);
    t.deepEqual(herald.complaints, []);
  });
}

onLinux('a listener may change from bytes to requests and back, at the same address', async (t) => {
  const { endpoint, write, listener, start } = await createWorld(t);
  const port = await unusedPort();
  write('engine: auto', listener('web', port));
  const herald = await start(1);
  for (const form of ['forwarded', 'none']) {
    write('engine: auto', listener('web', port, `present: ${form}`));
    await herald.takeOver();
    await allByYoungest(t, herald, endpoint, port);
  }
  t.deepEqual(await herald.stop(), GOOD_END);
  t.deepEqual(herald.complaints, []);
});

onLinux('listeners that the new file adds are open, and those that it has no more are closed', async (t) => {
  const { endpoint, write, listener, start } = await createWorld(t);
  const [kept, removed, added] = [await unusedPort(), await unusedPort(), await unusedPort()];
  write('threads: 2', listener('kept', kept), listener('removed', removed));
  const herald = await start(2);
  const before = await RequestTalk.begin(endpoint, localhost(removed));
  write('threads: 2', listener('kept', kept), listener('added', added));
  await herald.takeOver();
  for (const port of [kept, added]) await allByYoungest(t, herald, endpoint, port);
  await before.finish();
  await herald.exitOf(herald.pids[0]!);
  t.true(await isRefused(removed));
  for (const port of [kept, added]) t.is(await talkOnce(endpoint, localhost(port), herald.pids), herald.pid);
  t.deepEqual(await herald.stop(), GOOD_END);
  t.deepEqual(herald.complaints, []);
});

onLinux('listeners that change their names, or swap their addresses, keep their sockets', async (t) => {
  const { endpoint, write, listener, start } = await createWorld(t);
  const [one, other] = [await unusedPort(), await unusedPort()];
  write('threads: 2', listener('red', one), listener('blue', other));
  const herald = await start(2);
  write('threads: 2', listener('red', other), listener('blue', one));
  await herald.takeOver();
  for (const port of [one, other]) await allByYoungest(t, herald, endpoint, port);
  write('threads: 2', listener('green', other), listener('blue', one));
  await herald.takeOver();
  for (const port of [one, other]) await allByYoungest(t, herald, endpoint, port);
  t.truthy(herald.log.find((line) => line.msg === 'listening' && line.listener === 'green'));
  t.deepEqual(await herald.stop(), GOOD_END);
  t.deepEqual(herald.complaints, []);
});

onLinux('a listener at port 0 keeps the port that it has', async (t) => {
  const { endpoint, write, listener, start } = await createWorld(t);
  write('threads: 2', listener('web', 0));
  const herald = await start(1);
  const port = herald.program.port('web');
  await herald.takeOver();
  await allByYoungest(t, herald, endpoint, port);
  await herald.exitOf(herald.pids[0]!);
  t.is(await talkOnce(endpoint, localhost(port), herald.pids), herald.pid);
  t.deepEqual(await herald.stop(), GOOD_END);
});

onLinux('the path of a listener that goes is removed, and that of one that stays is not', async (t) => {
  const { endpoint, write, listener, start } = await createWorld(t);
  const folder = await folderFor(t);
  const [kept, removed] = [join(folder, 'kept'), join(folder, 'removed')];
  write('threads: 2', listener('kept', `unix:${kept}`), listener('removed', `unix:${removed}`));
  const herald = await start(2);
  write('threads: 2', listener('kept', `unix:${kept}`));
  await herald.takeOver();
  await herald.exitOf(herald.pids[0]!);
  t.is(await talkOnce(endpoint, { path: kept }, herald.pids), herald.pid);
  t.false(existsSync(removed));
  t.deepEqual(await herald.stop(), GOOD_END);
  t.false(existsSync(kept));
  t.deepEqual(herald.complaints, []);
});

onLinux('addresses for machines may move, and a unix one keeps its path', async (t) => {
  const { endpoint, write, listener, start, metricsPort } = await createWorld(t);
  const port = await unusedPort();
  const moved = await unusedPort();
  const admin = join(await folderFor(t), 'admin.sock');
  const head = (metrics: number) => `threads: 1\nmetrics: 127.0.0.1:${metrics}\nadmin: unix:${admin}`;
  const writeOps = (metrics: number) => write(head(metrics), listener('web', port));
  t.not(metricsPort, moved);
  writeOps(metricsPort);
  const herald = await start(1);
  writeOps(moved);
  await herald.takeOver();
  await herald.exitOf(herald.pids[0]!);
  t.is(await talkOnce(endpoint, localhost(port), herald.pids), herald.pid);
  t.deepEqual(await askOps(herald, moved, '/readyz'), { pid: herald.pid, status: 200 });
  t.true(await isRefused(metricsPort));
  const client = await Connection.to({ path: admin });
  client.end('GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  t.regex((await client.readToEnd()).toString(), /^HTTP\/1\.1 200 /);
  t.deepEqual(await herald.stop(), GOOD_END);
  t.false(existsSync(admin));
});
