import { existsSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Connection } from '../helpers/connection.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { startPlainServer } from './plain-server.ts';
import { ask, visit } from './visit.ts';

/** Listens, unless somebody else does already: either way the port is taken. */
async function take(t: ExecutionContext, port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.on('error', () => resolve()).listen(port, '127.0.0.1', resolve);
  });
  t.teardown(() => server.close());
  return server;
}

const portOf = (server: Server) => (server.address() as { port: number }).port;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends a Herald that has nothing to do at once, with status 0`, async (t) => {
    const herald = await Program.start(t, `edge --listen 127.0.0.1:0 --to 127.0.0.1:9 ${NO_OPS}`);
    t.deepEqual(await herald.stop(signal), { code: 0, signal: null });
    t.deepEqual(herald.stderr, []);
    t.deepEqual(
      herald.log.map(({ msg }) => msg.replace(/^(served by) .*/, '$1')),
      ['listening', 'served by', 'draining', 'stopped'],
    );
  });
}

test('a port that is taken is status 1, and one line that names it', async (t) => {
  const port = portOf(await take(t, 0));
  const { code, stderr } = await Program.run(t, `edge --listen 127.0.0.1:${port} --to 127.0.0.1:9 ${NO_OPS}`);
  t.is(code, 1);
  t.regex(stderr, new RegExp(`^herald: .*127\\.0\\.0\\.1:${port}.*in use.*$`));
});

for (const option of ['metrics', 'admin']) {
  test(`a taken address that was asked for by --${option} is status 1, and no listener stays open`, async (t) => {
    const port = portOf(await take(t, 0));
    const other = option === 'metrics' ? '--admin none' : '--metrics none';
    const { code, stdout, stderr } = await Program.run(
      t,
      `edge --listen 127.0.0.1:0 --to 127.0.0.1:9 ${other} --${option} 127.0.0.1:${port}`,
    );
    t.is(code, 1);
    t.regex(stderr, new RegExp(`^herald: --${option} .*127\\.0\\.0\\.1:${port}.*$`));
    t.notRegex(stdout, /"listening"/);
  });
}

test('the admin socket is its owner’s alone, a listener’s as the umask says', async (t) => {
  const folder = await folderFor(t);
  const [admin, listen] = [join(folder, 'admin'), join(folder, 'listen')];
  await Program.start(
    t,
    `edge --listen unix:${listen} --to 127.0.0.1:9 --metrics none --admin unix:${admin}`,
    {
      prefix: ['sh', '-c', 'umask 002; exec "$@"', 'sh'],
    },
  );
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  t.deepEqual([modeOf(admin), modeOf(listen)], ['600', '775']);
});

test('the usual addresses for machines are done without where they are taken, with a warning each', async (t) => {
  await take(t, 9464);
  await take(t, 9465);
  const herald = await Program.start(t, 'edge --listen 127.0.0.1:0 --to 127.0.0.1:9');
  t.deepEqual(
    herald.complaints.map(({ level, msg }) => [
      level,
      /^--\w+ .*127\.0\.0\.1:\d+/.exec(msg)?.[0].split(' ')[0],
    ]),
    [
      ['warn', '--metrics'],
      ['warn', '--admin'],
    ],
  );
  t.is((await herald.stop()).code, 0);
});

test('wrong flags are status 2, and each of them is named', async (t) => {
  const { code, stdout, stderr } = await Program.run(
    t,
    'sidecar --listen 80 --to 127.0.0.1:0 --idle-timeout 5 --attempts 0 --eject-max 200% --bogus',
  );
  t.is(code, 2);
  t.is(stdout, '');
  const named = stderr.split('\n').map((line) => /^herald: (--[a-z-]+)/.exec(line)?.[1]);
  const wrong = ['--listen', '--to', '--idle-timeout', '--attempts', '--eject-max', '--bogus', '--present'];
  t.deepEqual(named.sort(), [...wrong, '--trust'].sort());
});

test('a command that there is not is status 2, and no command at all is the help', async (t) => {
  const [wrong, none] = await Promise.all([Program.run(t, 'edgy'), Program.run(t, '')]);
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /did you mean edge\?/);
  t.is(none.code, 0);
  t.is(none.stderr, '');
  t.regex(none.stdout, /herald demo/);
});

test('what a later version does is refused by its name', async (t) => {
  const { code, stderr } = await Program.run(t, 'edge --listen udp:127.0.0.1:53 --to 127.0.0.1:9');
  t.is(code, 2);
  t.regex(stderr, /^herald: --listen: .*not in this version/m);
});

test('--help and --version are status 0', async (t) => {
  const [help, version] = await Promise.all([Program.run(t, 'edge --help'), Program.run(t, '--version')]);
  t.deepEqual([help.code, version.code], [0, 0]);
  t.regex(help.stdout, /--present/);
  t.regex(version.stdout, /^\d+\.\d+\.\d+/);
});

test('run serves every listener of its file', async (t) => {
  const endpoint = await startPlainServer(t);
  const file = join(await folderFor(t), 'herald.yaml');
  await writeFile(
    file,
    `version: 1
metrics: none
admin: none
accessLog: all
listeners:
  - name: outer
    listen: "127.0.0.1:0"
    present: none
    to: 127.0.0.1:${endpoint}
  - name: inner
    listen: "127.0.0.1:0"
    acceptProxy: any
    trust: [127.0.0.0/8]
    proxyHeader: optional
    present: none
    to: [127.0.0.1:${endpoint}]
`,
  );
  const check = await Program.run(t, `run --config ${file} --check`);
  t.deepEqual([check.code, check.stdout], [0, `${file}: valid, 2 listeners`]);

  const herald = await Program.start(t, `run --config ${file}`, { listeners: 2 });
  for (const name of ['outer', 'inner']) {
    const { text, answer } = await visit({ port: herald.port(name) });
    t.is(answer[0], '127.0.0.1');
    t.is((await herald.session(text)).listener, name);
  }
  t.is((await herald.stop()).code, 0);
});

test('a file that is wrong is status 2, and every mistake is named with its place', async (t) => {
  const file = join(await folderFor(t), 'herald.yaml');
  await writeFile(file, 'version: 1\nlisteners:\n  - name: a\n    listen: "80"\n    bogus: 1\n    to: x\n');
  const { code, stderr } = await Program.run(t, `run --config ${file}`);
  t.is(code, 2);
  for (const word of ['listen', 'bogus', '"x"']) t.regex(stderr, new RegExp(`^herald: .*${word}`, 'm'));
  t.is((await Program.run(t, `run --config ${file}.not`)).code, 2);
});

test('options come from the environment too, and flags win over them', async (t) => {
  const herald = await Program.start(t, `edge --to 127.0.0.1:9 --name flag ${NO_OPS}`, {
    env: { HERALD_LISTEN: '127.0.0.1:0', HERALD_NAME: 'variable', HERALD_PORT: 'tcp://10.0.0.1:80' },
  });
  t.truthy(herald.port('flag'));
});

test('neither a reader that goes away nor SIGPIPE ends Herald', async (t) => {
  const endpoint = await startPlainServer(t);
  const herald = await Program.start(
    t,
    `edge --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint} --present none --access-log all ${NO_OPS}`,
  );
  const port = herald.port();
  herald.child.stdout!.destroy();
  herald.child.stderr!.destroy();
  // Each leaves a line for nobody.
  for (let i = 0; i < 3; i++) await visit({ port });
  herald.signal('SIGPIPE');
  t.is((await visit({ port })).answer[0], '127.0.0.1');
  t.deepEqual(await herald.stop(), { code: 0, signal: null });
});

test('a unix socket that a killed Herald left is replaced, and one that ends takes its own away', async (t) => {
  const endpoint = await startPlainServer(t);
  const path = join(await folderFor(t), 'herald.sock');
  const command = `edge --listen unix:${path} --to 127.0.0.1:${endpoint} --present none ${NO_OPS}`;
  const killed = await Program.start(t, command);
  t.is((await killed.stop('SIGKILL')).signal, 'SIGKILL');
  t.true(existsSync(path));

  const herald = await Program.start(t, command);
  const { answer } = await ask(await Connection.to({ path }));
  t.is(answer[0], '127.0.0.1');

  const second = await Program.run(t, command);
  t.is(second.code, 1);
  t.regex(second.stderr, /^herald: .*herald\.sock.*$/);
  t.is((await ask(await Connection.to({ path }))).answer[0], '127.0.0.1');
  t.is((await herald.stop()).code, 0);
  t.false(existsSync(path));
});

test('a file that is no socket stays what it is', async (t) => {
  const path = join(await folderFor(t), 'notes.txt');
  await writeFile(path, 'notes');
  const { code } = await Program.run(t, `edge --listen unix:${path} --to 127.0.0.1:9 ${NO_OPS}`);
  t.is(code, 1);
  t.is(await readFile(path, 'utf8'), 'notes');
});
