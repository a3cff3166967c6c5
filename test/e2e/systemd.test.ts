import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { NotifySocket } from '../helpers/notify-socket.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { onLinux } from '../linux/on-linux.ts';
import { connectTo } from './visit.ts';

const FORBID_KOFFI = fileURLToPath(new URL('../helpers/forbid-koffi.js', import.meta.url));
const EDGE = `edge --listen 127.0.0.1:0 --to 127.0.0.1:9 ${NO_OPS}`;

/** A Herald of a file, and the socket that systemd would read. */
async function start(t: ExecutionContext, { env = {}, abstract = false, to = 9 } = {}) {
  const manager = await NotifySocket.open(t, { abstract });
  const file = join(await folderFor(t), 'herald.yaml');
  const write = (...names: readonly string[]) => {
    const listeners = names.map(
      (name) => `  - {name: ${name}, listen: "127.0.0.1:0", present: none, to: "127.0.0.1:${to}"}`,
    );
    const text = ['version: 1', 'metrics: none', 'admin: none', 'listeners:', ...listeners].join('\n');
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  write('web');
  const options = { env: { NOTIFY_SOCKET: manager.path, ...env } };
  const herald = await Program.start(t, `run --config ${file}`, options);
  return { manager, herald, write };
}

for (const abstract of [false, true]) {
  onLinux(
    `systemd is told of the start, a reload and the end of Herald: ${abstract ? 'by an abstract name' : 'by a path'}`,
    async (t) => {
      const { manager, herald, write } = await start(t, { abstract });
      await manager.message(/^READY=1\nSTATUS=serving web$/);
      write('web', 'mail');
      herald.signal('SIGHUP');
      await manager.message(/^READY=1\nSTATUS=serving web, mail$/);
      t.deepEqual(await herald.stop(), { code: 0, signal: null });
      t.deepEqual(
        manager.read().map((text) => text.replace(/MONOTONIC_USEC=\d+/, 'MONOTONIC_USEC=…')),
        [
          'READY=1\nSTATUS=serving web',
          'RELOADING=1\nMONOTONIC_USEC=…',
          'READY=1\nSTATUS=serving web, mail',
          'STOPPING=1\nSTATUS=draining',
        ],
      );
      t.deepEqual(herald.complaints, []);
    },
  );
}

onLinux('a reload that fails is over as well, and the old listeners are what is served', async (t) => {
  const { manager, herald, write } = await start(t);
  await manager.message(/^READY=1/);
  write('web', 'web');
  herald.signal('SIGHUP');
  await manager.message(/^READY=1\nSTATUS=serving web$/, 2);
  t.is(manager.read().filter((text) => text.startsWith('RELOADING=1')).length, 1);
  t.deepEqual(await herald.stop(), { code: 0, signal: null });
});

onLinux('a Herald that cannot start is not ready', async (t) => {
  const manager = await NotifySocket.open(t);
  const env = { NOTIFY_SOCKET: manager.path };
  const { code } = await Program.run(t, EDGE.replace('127.0.0.1:0', '192.0.2.1:80'), { env });
  t.is(code, 1);
  t.deepEqual(manager.read(), []);
});

onLinux('a stop is told when the drain begins, and the watchdog goes on until it has ended', async (t) => {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const { manager, herald } = await start(t, { env: { WATCHDOG_USEC: '40000' }, to: endpoint.port });
  const client = await connectTo({ port: herald.port() });
  t.teardown(() => client.destroy());
  const served = await endpoint.accept();
  await manager.message(/^WATCHDOG=1$/, 2);
  herald.signal('SIGTERM');
  await manager.message(/^STOPPING=1/);
  const before = manager.read().filter((text) => text === 'WATCHDOG=1').length;
  await manager.message(/^WATCHDOG=1$/, before + 2);
  served.end();
  client.end();
  t.deepEqual(await herald.exited, { code: 0, signal: null });
});

onLinux('the watchdog of another process is not answered', async (t) => {
  const { manager, herald } = await start(t, { env: { WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' } });
  t.deepEqual(await herald.stop(), { code: 0, signal: null });
  t.deepEqual(
    manager.read().map((text) => text.split('\n')[0]),
    ['READY=1', 'STOPPING=1'],
  );
});

onLinux('where koffi cannot be loaded, one warning says that systemd is not told', async (t) => {
  const manager = await NotifySocket.open(t);
  const env = { NOTIFY_SOCKET: manager.path, NODE_OPTIONS: `--import ${FORBID_KOFFI}` };
  const herald = await Program.start(t, `${EDGE} --engine net`, { env });
  const { msg } = await herald.logged((line) => line.msg.startsWith('NOTIFY_SOCKET'));
  t.is(
    msg,
    'NOTIFY_SOCKET is set, but systemd cannot be told, since koffi cannot be loaded here: use Type=exec in the unit',
  );
  t.deepEqual(await herald.stop(), { code: 0, signal: null });
  t.is(herald.log.filter((line) => line.msg.startsWith('NOTIFY_SOCKET')).length, 1);
  t.deepEqual(manager.read(), []);
});

onLinux('where koffi cannot be loaded, a socket that systemd passes is a mistake that says so', async (t) => {
  const env = { LISTEN_FDS: '1', NODE_OPTIONS: `--import ${FORBID_KOFFI}` };
  const { code, stderr } = await Program.run(
    t,
    EDGE.replace('127.0.0.1:0', 'systemd:web').concat(' --engine net'),
    { env },
  );
  t.is(code, 2);
  t.regex(stderr, /need Linux and koffi, which cannot be loaded here: no koffi on this machine/);
});

onLinux('a socket of a kind that cannot be sent to is one warning', async (t) => {
  const herald = await Program.start(t, EDGE, { env: { NOTIFY_SOCKET: 'vsock:2:1234' } });
  const { msg } = await herald.logged((line) => line.msg.startsWith('NOTIFY_SOCKET'));
  t.regex(msg, /^NOTIFY_SOCKET "vsock:2:1234" is of a kind that Herald does not support/);
  t.deepEqual(await herald.stop(), { code: 0, signal: null });
});
