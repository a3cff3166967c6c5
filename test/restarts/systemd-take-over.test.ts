import { readFileSync } from 'node:fs';
import { load } from '../e2e/kubernetes/load.ts';
import { ask } from '../e2e/kubernetes/world.ts';
import { startNamedServer } from '../e2e/named-server.ts';
import { NotifySocket } from '../helpers/notify-socket.ts';
import { SocketUnits } from '../helpers/passed-sockets.ts';
import { retry } from '../helpers/peer-start.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { onLinux } from '../linux/on-linux.ts';

const packageVersion: string = JSON.parse(readFileSync('package.json', 'utf8')).version;

/** How many answers each process gives before the next one is asked for. */
const ANSWERS = 200;

for (const engine of ['--engine epoll --threads 2', '--engine net']) {
  onLinux(
    `a successor has the sockets that systemd passed, and systemd learns its number: ${engine}`,
    async (t) => {
      const red = await startNamedServer(t, 'red');
      const units = new SocketUnits(t);
      const port = units.tcp('web');
      const manager = await NotifySocket.open(t);
      const { env, ...options } = units.options;
      const command = `edge --listen systemd:web --to 127.0.0.1:${red} --present none ${NO_OPS} ${engine}`;
      const first = await Program.start(t, command, {
        ...options,
        env: { ...env, NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: '100000' },
      });
      const clients = load(port);
      const pids = [first.child.pid!];
      t.teardown(() => {
        for (const pid of pids.slice(1)) endOf(pid);
      });
      for (let turn = 1; turn <= 2; turn++) {
        await clients.more(ANSWERS);
        process.kill(pids.at(-1)!, 'SIGUSR2');
        pids.push(Number((await manager.message(/^MAINPID=\d+$/, turn)).slice('MAINPID='.length)));
      }
      await clients.more(ANSWERS);
      t.deepEqual(Object.keys(await clients.stop()), ['red']);
      t.is(new Set(pids).size, 3);
      const serves = await first.logged(({ msg }) => msg === 'took over from the old process');
      t.like(serves, { pid: pids[1], version: packageVersion, node: process.versions.node });
      await manager.message(
        /^WATCHDOG=1$/,
        manager.read().filter((text) => text === 'WATCHDOG=1').length + 2,
      );

      process.kill(pids.at(-1)!, 'SIGTERM');
      // All of them write to its standard output: it closes with the last of them.
      t.deepEqual(await first.exited, { code: 0, signal: null });
      await manager.message(/^STOPPING=1/);
      // The two that have handed over have said nothing of their own end.
      t.is(manager.read().filter((text) => text.startsWith('STOPPING=1')).length, 1);
      // systemd still has the socket.
      const waits = ask(port);
      const next = await Program.start(t, command, units.options);
      t.is(await waits, 'red');
      t.deepEqual(await next.stop(), { code: 0, signal: null });
      await retry(async () => {
        if (pids.some(isRunning)) throw new Error('a process is left');
      });
    },
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function endOf(pid: number): void {
  if (isRunning(pid)) process.kill(pid, 'SIGKILL');
}
