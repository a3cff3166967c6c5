import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { load } from '../e2e/kubernetes/load.ts';
import { ask } from '../e2e/kubernetes/world.ts';
import { startNamedServer } from '../e2e/named-server.ts';
import { visit } from '../e2e/visit.ts';
import { Connection } from '../helpers/connection.ts';
import { NAMESPACES } from '../helpers/namespace.ts';
import { SocketUnits } from '../helpers/passed-sockets.ts';
import { installed } from '../helpers/peer-installed.ts';
import { PeerProcess } from '../helpers/peer-process.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { NO_OPS, Program, type ProgramLine } from '../helpers/program.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { onLinux } from '../linux/on-linux.ts';

const ENGINES = [
  ['epoll', '--engine epoll --threads 1'],
  ['epoll with four threads', '--engine epoll --threads 4'],
  ['net', '--engine net'],
] as const;

const LIBRARY = new URL('../../src/index.js', import.meta.url).href;
const ACTIVATE = installed('systemd-socket-activate');
const RESTARTS = 3;
const ANSWERS_PER_START = 200;

const isReloaded = ({ msg }: ProgramLine) => msg === 'configuration reloaded';
const isRefused = ({ msg }: ProgramLine) => msg.startsWith('reload failed');

/** Asks at the path of a unix socket. */
async function askAt(path: string): Promise<string> {
  const client = new Connection(connect({ path, allowHalfOpen: true }));
  client.end();
  const answer = (await client.readToEnd()).toString();
  client.destroy();
  return answer;
}

const edge = (name: string, to: number, rest = '') =>
  `edge --listen systemd:${name} --to 127.0.0.1:${to} --present none ${NO_OPS} ${rest}`;

for (const [engine, flags] of ENGINES) {
  onLinux(
    `clients of a TCP socket that systemd passes are served, and its address is logged: ${engine}`,
    async (t) => {
      const red = await startNamedServer(t, 'red');
      const units = new SocketUnits(t);
      const port = units.tcp('web');
      t.is(units.blocking, 1);
      const herald = await Program.start(t, edge('web', red, flags), units.options);
      t.is(herald.log.find(({ msg }) => msg === 'listening')?.address, `127.0.0.1:${port}`);
      t.deepEqual(await Promise.all(Array.from({ length: 20 }, () => ask(port))), Array(20).fill('red'));
      t.is(units.blocking, 0);
      t.deepEqual(herald.complaints, []);
      t.deepEqual(await herald.stop(), { code: 0, signal: null });
    },
  );

  onLinux(
    `clients of a unix socket that systemd passes are served, and its path stays: ${engine}`,
    async (t) => {
      const red = await startNamedServer(t, 'red');
      const units = new SocketUnits(t);
      const path = await units.unix('web');
      const herald = await Program.start(t, edge('web', red, flags), units.options);
      t.is(await askAt(path), 'red');
      t.deepEqual(await herald.stop(), { code: 0, signal: null });
      t.true(existsSync(path));
    },
  );

  onLinux(
    `several sockets of one name and port are one listener, and each is accepted from: ${engine}`,
    async (t) => {
      const red = await startNamedServer(t, 'red');
      const units = new SocketUnits(t);
      const port = units.tcp('web');
      units.tcp('web', port);
      units.tcp('web', port);
      const herald = await Program.start(t, edge('web', red, flags), units.options);
      t.is(herald.log.filter(({ msg }) => msg === 'listening').length, 1);
      // The kernel spreads them by their ports: that none of the three gets any does not happen.
      t.deepEqual(await Promise.all(Array.from({ length: 60 }, () => ask(port))), Array(60).fill('red'));
      t.deepEqual(await herald.stop(), { code: 0, signal: null });
    },
  );

  onLinux(`under 1,000 connections a second a restart loses none: ${engine}`, async (t) => {
    const red = await startNamedServer(t, 'red');
    const units = new SocketUnits(t);
    const port = units.tcp('web');
    const clients = load(port);
    for (let start = 0; start < RESTARTS; start++) {
      const herald = await Program.start(t, edge('web', red, flags), units.options);
      await clients.more(ANSWERS_PER_START);
      t.deepEqual(await herald.stop(), { code: 0, signal: null });
    }
    const last = await Program.start(t, edge('web', red, flags), units.options);
    t.deepEqual(Object.keys(await clients.stop()), ['red']);
    t.deepEqual(await last.stop(), { code: 0, signal: null });
  });

  onLinux(`a reload keeps a passed socket, gives it up, and takes it again: ${engine}`, async (t) => {
    const [red, blue] = await Promise.all([startNamedServer(t, 'red'), startNamedServer(t, 'blue')]);
    const units = new SocketUnits(t);
    const port = units.tcp('web');
    const file = join(await folderFor(t), 'herald.yaml');
    const write = (...listeners: readonly string[]) => {
      writeFileSync(
        `${file}.new`,
        ['version: 1', 'metrics: none', 'admin: none', 'listeners:', ...listeners].join('\n'),
      );
      renameSync(`${file}.new`, file);
    };
    const listener = (name: string, listen: string, to: number) =>
      `  - {name: ${name}, listen: "${listen}", present: none, to: "127.0.0.1:${to}"}`;
    const other = listener('other', '127.0.0.1:0', red);
    write(listener('web', 'systemd:web', red), other);
    const herald = await Program.start(t, `run --config ${file} ${flags}`, {
      ...units.options,
      listeners: 2,
    });
    const reload = async (count: number) => {
      herald.signal('SIGHUP');
      await herald.logged(isReloaded, count);
    };
    t.is(await ask(port), 'red');
    write(listener('web', 'systemd:web', blue), other);
    await reload(1);
    t.is(await ask(port), 'blue');

    write(listener('web', 'systemd:nothing', red), other);
    herald.signal('SIGHUP');
    await herald.logged(isRefused);
    t.true(
      herald.log.some(
        ({ msg }) =>
          msg === 'listener web: listen: systemd passed no socket of the name nothing, but of these: web',
      ),
    );
    t.is(await ask(port), 'blue');

    write(other);
    await reload(2);
    // systemd still has the socket: nobody is refused, and clients wait for the next listener.
    const waits = ask(port);
    write(listener('again', 'systemd:web', red), other);
    await reload(3);
    t.is(await waits, 'red');
    t.deepEqual(await herald.stop(), { code: 0, signal: null });
  });
}

onLinux('requests of a passed socket are served with their client in a header', async (t) => {
  const units = new SocketUnits(t);
  const port = units.tcp('site');
  const echo = await Program.start(t, 'echo --listen 127.0.0.1:0');
  const command = edge('site', echo.port(), '').replace('--present none', '--present forwarded');
  const herald = await Program.start(t, command, units.options);
  const { xForwardedFor } = (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as {
    xForwardedFor: string;
  };
  t.is(xForwardedFor, '127.0.0.1');
  t.deepEqual(await herald.stop(), { code: 0, signal: null });
});

onLinux('a program that uses the library passes its environment on, and so its sockets', async (t) => {
  const red = await startNamedServer(t, 'red');
  const units = new SocketUnits(t);
  const port = units.tcp('web');
  const listener = { name: 'web', listen: 'systemd:web', to: `127.0.0.1:${red}`, present: 'none' };
  const program = `import { createHerald } from ${JSON.stringify(LIBRARY)};
    const herald = await createHerald({ listeners: [${JSON.stringify(listener)}] }, { env: process.env });
    console.log(herald.listeners[0].address);
    process.stdin.resume().on('end', () => herald.stop());`;
  const { prefix, env, descriptors } = units.options;
  const [shell, ...words] = [...prefix, process.execPath, '--input-type=module', '--eval', program];
  const started = new PeerProcess(shell!, words, {
    env: { ...process.env, ...env },
    descriptors,
    open: true,
  });
  t.teardown(() => started.stop('SIGKILL'));
  await started.line(new RegExp(`^127\\.0\\.0\\.1:${port}$`));
  t.is(await ask(port), 'red');
  started.child.stdin!.end();
  t.deepEqual(await started.exited, { code: 0, signal: null });
});

onLinux(
  'systemd-socket-activate starts Herald for the first client, and serves it',
  async (t) => {
    const red = await startNamedServer(t, 'red');
    const port = await unusedPort();
    const prefix = [ACTIVATE.command, '--listen', `127.0.0.1:${port}`, '--fdname', 'web'];
    const herald = Program.spawn(t, edge('web', red, '--log-format json'), { prefix });
    await herald.line(/^Listening on /);
    t.deepEqual(await Promise.all(Array.from({ length: 10 }, () => ask(port))), Array(10).fill('red'));
    t.is(herald.port(), port);
    t.deepEqual(await herald.stop(), { code: 0, signal: null });
  },
  ACTIVATE,
);

onLinux(
  'in a container without a network, clients of a passed socket are served, each under its own address',
  async (t) => {
    const units = new SocketUnits(t);
    const port = units.tcp('web');
    const path = join(await folderFor(t), 'echo');
    const echo = await Program.start(t, `echo --listen unix:${path}`);
    // There, 127.0.0.1 is another machine: this endpoint is not the listener itself.
    const command = `edge --listen systemd:web --to unix:${path},127.0.0.1:${port} --attempts 2 --present v2 ${NO_OPS}`;
    const { prefix, ...options } = units.options;
    const herald = await Program.start(t, command, { ...options, prefix: ['unshare', '--net', ...prefix] });
    for (let count = 0; count < 4; count++) {
      const { answer, address } = await visit({ port });
      t.is(JSON.parse(answer.join(' ')).client.address, address);
    }
    t.deepEqual(await herald.stop(), { code: 0, signal: null });
    t.deepEqual(await echo.stop(), { code: 0, signal: null });
  },
  NAMESPACES,
);

/** What stands on standard error of a Herald that does not start. */
async function refused(t: ExecutionContext, command: string, options: object = {}): Promise<string> {
  const { code, stderr } = await Program.run(t, command, options);
  t.is(code, 2);
  return stderr;
}

onLinux('a socket that was not passed, or cannot be used, is a mistake that names it', async (t) => {
  t.regex(
    await refused(t, edge('web', 80)),
    /systemd passed no sockets to this process: .* FileDescriptorName=web/,
  );
  const units = new SocketUnits(t);
  units.silent('web');
  units.tcp('mail');
  t.regex(await refused(t, edge('web', 80), units.options), /descriptor 3 \(web\) does not listen/);
  t.regex(await refused(t, edge('other', 80), units.options), /but of these: mail/);
  // Without exec, the shell is the process that the sockets are passed to.
  const { env, descriptors } = units.options;
  const options = { env: { ...env, LISTEN_PID: '1' }, descriptors };
  t.regex(await refused(t, edge('mail', 80), options), /passed to process "1" \(LISTEN_PID\)/);
});

onLinux('a count that is too big takes nothing of this process for a socket', async (t) => {
  const units = new SocketUnits(t);
  units.tcp('web');
  const { env, ...options } = units.options;
  const wrong = { ...options, env: { ...env, LISTEN_FDS: '3', LISTEN_FDNAMES: 'web:more:more' } };
  t.regex(
    await refused(t, edge('more', 80), wrong),
    /descriptor \d \(more\) is not open, or is not a socket/,
  );
});

onLinux('a passed socket that no listener uses is a warning', async (t) => {
  const red = await startNamedServer(t, 'red');
  const units = new SocketUnits(t);
  units.tcp('web');
  units.tcp('mail');
  const herald = await Program.start(t, edge('web', red), units.options);
  t.deepEqual(
    herald.complaints.map(({ msg }) => msg),
    ['systemd passed sockets that no listener uses, so that their clients wait: mail'],
  );
});

onLinux('a file with sockets of systemd is checked without them', async (t) => {
  const file = join(await folderFor(t), 'herald.yaml');
  writeFileSync(file, 'version: 1\nlisteners:\n  - {name: web, listen: "systemd:web", to: "127.0.0.1:1"}\n');
  const { code, stdout } = await Program.run(t, `run --config ${file} --check`);
  t.is(code, 0);
  t.regex(stdout, /valid, 1 listener$/);
});
