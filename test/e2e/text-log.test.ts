import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Connection } from '../helpers/connection.ts';
import { PeerProcess } from '../helpers/peer-process.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;

async function endpointOf(t: ExecutionContext): Promise<ScriptedEndpoint> {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  return endpoint;
}

test('the log in text is one short line for each thing that happens, from the start over a reload to the end', async (t) => {
  const endpoint = await endpointOf(t);
  const file = join(await folderFor(t), 'herald.yaml');
  const write = (attempts: number) =>
    writeFileSync(
      file,
      `{version: 1, engine: net, metrics: none, admin: none, accessLog: all, logFormat: text, listeners: [
        {name: web, listen: "127.0.0.1:0", to: "127.0.0.1:${endpoint.port}", attempts: ${attempts}}]}`,
    );
  write(1);
  const herald = Program.spawn(t, `run --config ${file}`);
  const listening = await herald.line(/expect none/);
  const port = Number(/127\.0\.0\.1:(\d+) →/.exec(listening)![1]);
  const client = await Connection.to({ host: '127.0.0.1', port });
  client.end('x'.repeat(3000));
  const behind = await endpoint.accept();
  behind.end('y'.repeat(2000));
  await client.readToEnd();
  await herald.line(/client_closed/);
  write(2);
  herald.signal('SIGHUP');
  await herald.line(/configuration reloaded/);
  t.deepEqual(await herald.stop(), { code: 0, signal: null });
  const time = /^\d\d:\d\d:\d\d /;
  for (const line of herald.stdout) t.regex(line, time);
  const shown = herald.stdout.map((line) =>
    line
      .replace(time, '')
      .replace(/\d+(?:\.\d+)? ms/, 'N ms')
      .replace(/pid=\d+/, 'pid=N'),
  );
  const to = `127.0.0.1:${endpoint.port}`;
  t.deepEqual(shown, [
    `web  127.0.0.1:${port} → ${to}  expect none, present v2, net`,
    `web  127.0.0.1 → ${to}  client_closed  N ms  ↑ 3 kB ↓ 2 kB`,
    `configuration reloaded  file=${file} changed=web.attempts`,
    'draining: no session  pid=N',
    'stopped  pid=N',
  ]);
});

const onTerminal = hasScript ? test : test.skip;

for (const [env, hasColours] of [
  [{ TERM: 'xterm' }, true],
  [{ TERM: 'xterm', NO_COLOR: '1' }, false],
  [{ TERM: 'xterm', NO_COLOR: '' }, true],
  [{ TERM: 'dumb' }, false],
] as const) {
  onTerminal(
    `on a terminal with ${JSON.stringify(env)} the log is text ${hasColours ? 'with' : 'without'} colours`,
    async (t) => {
      const main = new URL('../../src/main.js', import.meta.url).pathname;
      const command = `exec '${process.execPath}' '${main}' edge --engine net --listen 127.0.0.1:0 --to 127.0.0.1:1 ${NO_OPS}`;
      const shell = { PATH: process.env.PATH, SHELL: '/bin/sh', ...env };
      const herald = new PeerProcess('script', ['-qec', command, '/dev/null'], { env: shell, open: true });
      t.teardown(() => herald.stop('SIGKILL'));
      const line = await herald.line(/expect none/);
      t.is(line.includes('\u001b['), hasColours);
      t.regex(
        line.replaceAll(/\u001b\[\d+m/g, ''),
        /^\d\d:\d\d:\d\d edge {2}127\.0\.0\.1:\d+ → 127\.0\.0\.1:1 {2}expect none, present v2, net\r?$/,
      );
      // What is typed into the terminal: Ctrl-C.
      herald.child.stdin!.write('\u0003');
      t.is((await herald.exited).code, 0);
    },
  );
}

for (const command of ['edge', 'echo'] as const) {
  onTerminal(`a terminal that is closed ends herald ${command}`, async (t) => {
    const endpoint = await endpointOf(t);
    const main = new URL('../../src/main.js', import.meta.url).pathname;
    const flags = {
      edge: `edge --engine net --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint.port} --drain-timeout 10ms ${NO_OPS}`,
      echo: 'echo --raw --listen 127.0.0.1:0',
    }[command];
    const shell = { PATH: process.env.PATH, SHELL: '/bin/sh', TERM: 'dumb' };
    const line = `exec '${process.execPath}' '${main}' ${flags}`;
    const terminal = new PeerProcess('script', ['-qec', line, '/dev/null'], { env: shell, open: true });
    t.teardown(() => terminal.stop('SIGKILL'));
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(await terminal.line(/127\.0\.0\.1:\d+/))!;
    const client = await Connection.to({ host: '127.0.0.1', port: Number(port) });
    t.teardown(() => client.destroy());
    await terminal.stop('SIGKILL');
    t.truthy(await client.ending);
  });
}
