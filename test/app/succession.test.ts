import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { App } from '../../src/app/app.ts';
import { createServiceNotices } from '../../src/app/service-notices.ts';
import { createSuccession } from '../../src/app/succession.ts';
import { SerialQueue } from '../../src/control/serial-queue.ts';
import { onLinux } from '../linux/on-linux.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { createTestHost } from '../tools/test-host.ts';

/** A succession whose successor would never be ready, and an app that drains or does not. */
async function createWorld(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const log = createMemoryLog();
  const app = { log, isDraining: false, sockets: () => [] };
  const program = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
  const host = { ...createTestHost(), program, env: { RUNTIME_DIRECTORY: folder } };
  const succession = await createSuccession({
    ...{ app: app as unknown as App, host, identity: null, standing: undefined, hasSockets: true },
    ...{ notices: await createServiceNotices(host, log, async () => true), turns: new SerialQueue() },
  });
  t.teardown(() => succession.stop());
  const lines = () => log.lines.map(({ level, message }) => [level, message]);
  return { app, succession, lines, stop: () => succession.stop() };
}

onLinux('a process that drains starts no successor, and says so in one line', async (t) => {
  const { app, succession, lines } = await createWorld(t);
  app.isDraining = true;
  succession.begin();
  t.deepEqual(lines(), [['warn', 'SIGUSR2 refused: this process is draining']]);
});

onLinux('a take-over that is given up for a drain is no failure, and nobody keeps serving', async (t) => {
  const { app, succession, lines, stop } = await createWorld(t);
  succession.begin();
  await new Promise(setImmediate);
  app.isDraining = true;
  succession.giveUp();
  await stop();
  t.deepEqual(lines(), [
    ['info', 'starting a successor'],
    ['info', 'take-over given up'],
  ]);
});
