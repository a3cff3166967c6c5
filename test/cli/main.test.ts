import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const QUIET = ['--metrics', 'none', '--admin', 'none'];

function start(t: ExecutionContext, argv: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const { npm_lifecycle_event: _, ...rest } = process.env;
  const child = spawn(process.execPath, [MAIN, ...argv], { env: { ...rest, ...env } });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

async function run(t: ExecutionContext, argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = start(t, argv, env);
  child.stdin?.end();
  const [out, err, [status]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ]);
  return { out, err, status };
}

async function lineOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  for await (const line of createInterface(child.stdout!)) if (pattern.test(line)) return line;
  throw new Error(`it ended without ${pattern}`);
}

test('the exit status is that of the command', async (t) => {
  t.deepEqual(await run(t, ['edgy']), {
    out: '',
    err: 'herald: "edgy": there is no such command; did you mean edge?\n',
    status: 2,
  });
  t.is((await run(t, ['status', '--admin', 'unix:/nowhere/x'])).status, 1);
  const version = await run(t, ['--version']);
  t.is(version.status, 0);
  t.regex(version.out, /^\d+\.\d+\.\d+\S*\n$/);
});

test('alone it is its help, and as npm start alone it is the demo', async (t) => {
  const alone = await run(t, []);
  t.is(alone.status, 0);
  t.regex(alone.out, /^herald COMMAND/);
  const demo = start(t, [], { npm_lifecycle_event: 'start' });
  await lineOf(demo, /./);
  demo.kill('SIGINT');
  const [status] = await once(demo, 'close');
  t.is(status, 0);
});

test('npm start with arguments is the command', async (t) => {
  const { err, status } = await run(t, ['edgy'], { npm_lifecycle_event: 'start' });
  t.is(status, 2);
  t.regex(err, /did you mean edge\?/);
});

test('an edge says where it listens, and SIGTERM ends it with status 0', async (t) => {
  const edge = start(t, ['edge', '--listen', '127.0.0.1:0', '--to', '127.0.0.1:1', ...QUIET]);
  const { listener, address } = JSON.parse(await lineOf(edge, /"msg":"listening"/));
  t.is(listener, 'edge');
  t.regex(address, /^127\.0\.0\.1:[1-9]\d*$/);
  edge.kill('SIGTERM');
  const [status] = await once(edge, 'close');
  t.is(status, 0);
});

test('a port that is taken is one line and status 1', async (t) => {
  const first = start(t, ['edge', '--listen', '127.0.0.1:0', '--to', '127.0.0.1:1', ...QUIET]);
  const { address } = JSON.parse(await lineOf(first, /"msg":"listening"/));
  const { err, status } = await run(t, ['edge', '--listen', address, '--to', '127.0.0.1:1', ...QUIET]);
  t.is(status, 1);
  t.regex(err, /^herald: [^\n]+\n$/);
});

test('help is in one language, whatever that of the machine', async (t) => {
  const { out } = await run(t, ['edge', '--help'], { LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' });
  t.regex(out, /\[required\]/);
  t.regex(out, /^Examples:$/m);
});

test('a long answer is whole, also through a pipe', async (t) => {
  const { out, status } = await run(t, ['run', '--schema']);
  t.is(status, 0);
  t.notThrows(() => JSON.parse(out));
  t.true(out.length > 8000);
});

test('a reader that goes away ends inspect quietly', async (t) => {
  const child = start(t, ['inspect', '--hex', '--json']);
  child.stdin?.on('error', () => {});
  const feed = setInterval(() => child.stdin?.write('0d0a0d0a000d0a515549540a20000000\n'.repeat(1000)), 1);
  child.stdout?.once('data', () => child.stdout?.destroy());
  const [err, [status]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
  clearInterval(feed);
  t.is(err, '');
  t.is(status, 0);
});

test('an edge does without a reader of its log', async (t) => {
  const edge = start(t, ['edge', '--listen', '127.0.0.1:0', '--to', '127.0.0.1:1', ...QUIET]);
  await once(edge.stdout!, 'data');
  edge.stdout?.destroy();
  edge.kill('SIGTERM');
  const [status] = await once(edge, 'exit');
  t.is(status, 0);
});
