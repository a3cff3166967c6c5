import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { App } from '../../src/app/app.ts';
import { createReload, watchConfig } from '../../src/app/reload.ts';
import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { SerialQueue } from '../../src/control/serial-queue.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';

const CONFIG = { hash: 'one' } as Config;
const WRONG = new ConfigError([
  { code: 'a', option: 'herald.yaml:1: version', expected: '1', got: '2' },
  { code: 'b', option: 'herald.yaml:3: listen', expected: '', got: '', message: 'is taken' },
]);

/** A Herald that records its calls; `take` is called for each configuration. */
function create(read: () => Config, take: (config: Config) => Promise<void> = async () => {}) {
  const events: string[] = [];
  const log = createMemoryLog();
  const app = {
    reload: async (config: Config) => {
      events.push(`takes ${config.hash}`);
      await take(config);
    },
    reloadFailed: () => events.push('failed'),
    listeners: [{ name: 'web' }],
  } as unknown as App;
  const source = {
    file: '/etc/herald.yaml',
    read: () => {
      events.push('reads');
      return read();
    },
  };
  const told: string[] = [];
  const notices = { reloading: () => told.push('reloading'), ready: (status: string) => told.push(status) };
  return {
    reload: createReload({ app, source, log, notices, turns: new SerialQueue() }),
    events,
    log,
    told,
  };
}

test('a reload reads the file, takes what it says, and tells so', async (t) => {
  const { reload, events, log } = create(() => CONFIG);
  await reload();
  t.deepEqual(events, ['reads', 'takes one']);
  t.deepEqual(log.lines, [
    { level: 'info', fields: { file: '/etc/herald.yaml' }, message: 'configuration reloaded' },
  ]);
});

test('a wrong file is not taken, and every problem is a line of the log', async (t) => {
  const { reload, events, log } = create(() => {
    throw WRONG;
  });
  await reload();
  t.deepEqual(events, ['reads', 'failed']);
  t.deepEqual(
    log.lines.map(({ level, message }) => [level, message]),
    [
      ['error', 'herald.yaml:1: version: expected 1, got 2'],
      ['error', 'herald.yaml:3: listen: is taken'],
      ['error', 'reload failed; keeping the previous configuration'],
    ],
  );
  t.true(log.lines.every(({ fields }) => fields.file === '/etc/herald.yaml'));
});

test('the service manager is told of a reload from its begin to its end, also if nothing comes of it', async (t) => {
  const right = create(() => CONFIG);
  await right.reload();
  t.deepEqual(right.told, ['reloading', 'serving web']);
  const wrong = create(() => {
    throw WRONG;
  });
  await wrong.reload();
  t.deepEqual(wrong.told, ['reloading', 'serving web']);
});

test('what is right but can not be had, as a port that is taken, is told and not taken', async (t) => {
  const { reload, events, log } = create(
    () => CONFIG,
    async () => {
      throw new StartError('listen_failed', 'the port is taken');
    },
  );
  await reload();
  t.deepEqual(events, ['reads', 'takes one', 'failed']);
  t.is(log.lines[0]?.message, 'the port is taken');
});

test('after a wrong file a right one is taken', async (t) => {
  let wrong = true;
  const { reload, events } = create(() => {
    if (wrong) throw WRONG;
    return CONFIG;
  });
  await reload();
  wrong = false;
  await reload();
  t.deepEqual(events, ['reads', 'failed', 'reads', 'takes one']);
});

test('a reload that is asked for during another one comes after it, and reads then', async (t) => {
  let taken = () => {};
  const taking = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const { reload, events } = create(
    () => CONFIG,
    () => taking,
  );
  const both = [reload(), reload()];
  await new Promise(setImmediate);
  t.deepEqual(events, ['reads', 'takes one']);
  taken();
  await Promise.all(both);
  t.deepEqual(events, ['reads', 'takes one', 'reads', 'takes one']);
});

test('a fault of ours is no wrong file: it is not hidden', async (t) => {
  const { reload, events } = create(() => {
    throw new TypeError('a fault');
  });
  await t.throwsAsync(reload, { instanceOf: TypeError });
  t.deepEqual(events, ['reads']);
});

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'herald-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

/** The file system is polled for real, so the tests poll it often. */
const LOOK_MS = 10;
/** A clock without the time that a program has to finish writing. */
const AT_ONCE = {
  after: (_ms: number, run: () => void) => {
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  },
};

/** Changes something again and again until a watch of the file has seen it, because no event tells when a watch has begun. */
async function seen(t: ExecutionContext, file: string, change: (time: number) => void): Promise<void> {
  let time = 0;
  const again = setInterval(() => change(++time), 3 * LOOK_MS);
  t.teardown(() => clearInterval(again));
  await new Promise<void>((resolve) => {
    t.teardown(watchConfig(file, resolve, { lookMs: LOOK_MS, clock: AT_ONCE }));
  });
  clearInterval(again);
}

test('a file that is written again is seen', async (t) => {
  const file = join(folder(t), 'herald.yaml');
  writeFileSync(file, '');
  await seen(t, file, (time) => writeFileSync(file, '#'.repeat(time)));
  t.pass();
});

test('a file that is written in pieces has a second to become whole', async (t) => {
  const file = join(folder(t), 'herald.yaml');
  writeFileSync(file, '');
  const clock = createManualClock();
  let reads = 0;
  let time = 0;
  const again = setInterval(() => writeFileSync(file, '#'.repeat(++time)), 3 * LOOK_MS);
  t.teardown(() => clearInterval(again));
  const noticed = new Promise<void>((resolve) => {
    const after = (ms: number, run: () => void) => {
      resolve();
      return clock.after(ms, run);
    };
    t.teardown(watchConfig(file, () => reads++, { lookMs: LOOK_MS, clock: { after } }));
  });
  await noticed;
  clearInterval(again);
  clock.advance(999);
  t.is(reads, 0);
  clock.advance(1);
  t.is(reads, 1);
});

test('a link that leads elsewhere is seen, as Kubernetes swaps them', async (t) => {
  const path = folder(t);
  for (const version of ['0', '1', '2']) writeFileSync(join(path, version), 'the same');
  const file = join(path, 'herald.yaml');
  const swap = (time: number) => {
    symlinkSync(join(path, String(time % 3)), `${file}.new`);
    renameSync(`${file}.new`, file);
  };
  swap(0);
  await seen(t, file, swap);
  t.pass();
});

test('a folder of links that is swapped as a whole is seen', async (t) => {
  const path = folder(t);
  const file = join(path, 'herald.yaml');
  const swap = (time: number) => {
    const to = mkdtempSync(join(path, 'version-'));
    writeFileSync(join(to, 'herald.yaml'), `# ${time}`);
    symlinkSync(to, join(path, '..data.new'));
    renameSync(join(path, '..data.new'), join(path, '..data'));
  };
  swap(0);
  symlinkSync(join(path, '..data', 'herald.yaml'), file);
  await seen(t, file, swap);
  t.pass();
});

test('a watch that has ended sees nothing more', async (t) => {
  const file = join(folder(t), 'herald.yaml');
  writeFileSync(file, '');
  watchConfig(file, () => t.fail(), { lookMs: LOOK_MS, clock: AT_ONCE })();
  await seen(t, file, (time) => writeFileSync(file, '#'.repeat(time)));
  t.pass();
});
