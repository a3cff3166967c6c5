import test from 'ava';
import type { App } from '../../src/app/app.ts';
import { createServiceNotices } from '../../src/app/service-notices.ts';
import { createSuccession } from '../../src/app/succession.ts';
import { SerialQueue } from '../../src/control/serial-queue.ts';
import { leavesNothingOpen, onLinux } from '../linux/on-linux.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { createTestHost } from '../tools/test-host.ts';

leavesNothingOpen();

/** A process whose successor is this command, which never says hello. */
async function create(parts: { program?: readonly string[]; pid?: number; hasSockets?: boolean }) {
  const log = createMemoryLog();
  const app = { log, isDraining: false, sockets: () => [] };
  const { hasSockets = true, ...ofHost } = parts;
  const host = { ...createTestHost(), env: { RUNTIME_DIRECTORY: '/nonexistent' }, ...ofHost };
  const turns = new SerialQueue();
  const succession = await createSuccession({
    app: app as Partial<App> as App,
    host,
    notices: await createServiceNotices(host, log, async () => true),
    identity: null,
    standing: undefined,
    hasSockets,
    turns,
  });
  return { app, log, succession, turns };
}

const REFUSED: readonly (readonly [string, Parameters<typeof create>[0], string])[] = [
  [
    'process 1',
    { pid: 1, program: ['node'] },
    'this is process 1, whose end is the end of its container: replace the container',
  ],
  ['a library', {}, 'this process does not know its command line'],
  [
    'a process whose sockets Node has bound',
    { program: ['node'], hasSockets: false },
    'the calls that hand sockets over cannot be loaded on this machine (koffi, Linux)',
  ],
];

for (const [what, parts, why] of REFUSED) {
  test(`SIGUSR2 is refused by ${what}, with a sentence`, async (t) => {
    const { log, succession } = await create(parts);
    succession.begin();
    t.deepEqual(
      log.lines.map(({ level, message }) => [level, message]),
      [['warn', `SIGUSR2 refused: ${why}`]],
    );
    await succession.stop();
  });
}

onLinux('SIGUSR2 is refused by a process that drains, before anything is begun', async (t) => {
  const { app, log, succession } = await create({ program: ['/bin/false'] });
  app.isDraining = true;
  succession.begin();
  t.deepEqual(
    log.lines.map(({ message }) => message),
    ['SIGUSR2 refused: this process drains'],
  );
  await succession.stop();
});

for (const isDraining of [false, true]) {
  const title = isDraining
    ? 'a take-over that ends because this process drains is given up, and no error'
    : 'a take-over that fails is an error, and this process keeps serving';
  onLinux(title, async (t) => {
    const { app, log, succession, turns } = await create({
      program: isDraining ? ['/bin/sleep', '60'] : ['/bin/false'],
    });
    succession.begin();
    await new Promise((resolve) => setImmediate(resolve));
    t.is(log.lines[0]!.message, 'starting a successor');
    if (isDraining) {
      app.isDraining = true;
      succession.giveUp();
    }
    await turns.run(async () => {});
    await succession.stop();
    const [, { level, message, fields } = log.lines[0]!] = log.lines;
    t.deepEqual(
      [level, message, fields],
      isDraining
        ? ['info', 'take-over given up', { detail: 'this process is ending' }]
        : [
            'error',
            'take-over failed; this process keeps serving',
            { detail: 'the successor ended with status 1 before it was ready' },
          ],
    );
  });
}
