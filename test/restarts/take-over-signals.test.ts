import { renameSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Generations } from '../helpers/generations.ts';
import { folderFor, retry } from '../helpers/peer-start.ts';
import { catches, childrenOf } from '../helpers/processes.ts';
import type { ProgramLine } from '../helpers/program.ts';
import { RequestTalk, talkOnce } from '../helpers/request-talk.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { localhost } from './take-over-world.ts';

const onLinux = process.platform === 'linux' ? test.serial : test.skip;

const GOOD_END = { code: 0, signal: null };
const ODD = new URL('../helpers/odd-successor.js', import.meta.url);

const isWarning = ({ level }: ProgramLine) => level === 'warn';
const isReloaded = ({ msg }: ProgramLine) => msg === 'configuration reloaded';

/** `herald run` with one listener; a successor waits until `go` is called. */
async function createWorld(t: ExecutionContext) {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const folder = await folderFor(t);
  const [file, word] = [join(folder, 'herald.yaml'), join(folder, 'word')];
  const [port, added] = [await unusedPort(), await unusedPort()];
  const replace = (at: string, text: string) => {
    writeFileSync(`${at}.new`, text);
    renameSync(`${at}.new`, at);
  };
  const write = (...ports: readonly number[]) =>
    replace(
      file,
      [
        ...['version: 1', 'metrics: none', 'admin: none', 'drainTimeout: 60s', 'threads: 2', 'listeners:'],
        ...ports.map(
          (each) =>
            `  - {name: at-${each}, listen: "127.0.0.1:${each}", to: "127.0.0.1:${endpoint.port}", present: none}`,
        ),
      ].join('\n'),
    );
  write(port);
  replace(word, 'wait');
  const command = `run --config ${file}`;
  const env = { NODE_OPTIONS: `--import ${ODD}`, ODD_SUCCESSOR: word };
  const start = () => Generations.start(t, command, { env });
  const begin = () => RequestTalk.begin(endpoint, localhost(port));
  const once = (herald: Generations, at = port) => talkOnce(endpoint, localhost(at), herald.pids);
  return {
    ...{ port, added, write, begin, once, start },
    spawn: () => Generations.spawn(t, command, { env }),
    go: () => replace(word, 'good'),
  };
}

onLinux('a second SIGUSR2 during a take-over is refused, and the first goes on', async (t) => {
  const { start, once, go } = await createWorld(t);
  const herald = await start();
  herald.signal('SIGUSR2');
  const successor = await herald.successor();
  herald.signal('SIGUSR2');
  t.truthy((await herald.program.logged(isWarning)).msg);
  t.deepEqual(childrenOf(herald.pid), [successor]);
  go();
  await herald.program.logged(({ msg }) => msg === 'draining');
  herald.pids.push(successor);
  t.deepEqual(await herald.exitOf(herald.pids[0]!), GOOD_END);
  t.is(await once(herald), successor);
  t.deepEqual(await herald.stop(), GOOD_END);
});

onLinux(
  'SIGTERM during a take-over gives it up: the old process drains, and no successor is left',
  async (t) => {
    const { start, begin } = await createWorld(t);
    const herald = await start();
    const before = await begin();
    herald.signal('SIGUSR2');
    await herald.successor();
    herald.signal('SIGTERM');
    await herald.program.logged(({ msg }) => msg === 'draining');
    await before.finish();
    t.deepEqual(await herald.exitOf(herald.pid), GOOD_END);
    await herald.program.exited;
    t.deepEqual(herald.alive, []);
    t.deepEqual(herald.complaints, []);
  },
);

onLinux('SIGHUP during a take-over waits: it is obeyed if the take-over fails', async (t) => {
  const { start, once, write, port, added } = await createWorld(t);
  const herald = await start();
  herald.signal('SIGUSR2');
  const successor = await herald.successor();
  write(port, added);
  herald.signal('SIGHUP');
  t.is(await once(herald), herald.pid);
  t.false(herald.log.some(isReloaded));
  herald.signal('SIGKILL', successor);
  await herald.program.logged(isReloaded);
  t.is(await once(herald, added), herald.pid);
  t.deepEqual(await herald.stop(), GOOD_END);
});

onLinux('SIGHUP during a take-over that succeeds changes nothing in the old process', async (t) => {
  const { start, once, write, go, port, added } = await createWorld(t);
  const herald = await start();
  herald.signal('SIGUSR2');
  const successor = await herald.successor();
  write(port, added);
  herald.signal('SIGHUP');
  go();
  await herald.program.logged(({ msg }) => msg === 'draining');
  herald.pids.push(successor);
  t.deepEqual(await herald.exitOf(herald.pids[0]!), GOOD_END);
  t.is(await once(herald, added), successor);
  t.deepEqual(await herald.stop(), GOOD_END);
  t.deepEqual(herald.complaints, []);
});

onLinux('SIGUSR2 during a drain is refused', async (t) => {
  const { start, begin } = await createWorld(t);
  const herald = await start();
  const before = await begin();
  herald.signal('SIGTERM');
  await herald.program.logged(({ msg }) => msg === 'draining');
  herald.signal('SIGUSR2');
  t.truthy((await herald.program.logged(isWarning)).msg);
  t.deepEqual(childrenOf(herald.pid), []);
  await before.finish();
  t.deepEqual(await herald.exitOf(herald.pid), GOOD_END);
});

onLinux('SIGUSR2 before the start is over does no harm, and the next one is obeyed', async (t) => {
  const { spawn, once, go } = await createWorld(t);
  go();
  const herald = await spawn();
  await retry(async () => {
    if (!catches(herald.pid, constants.signals.SIGUSR2)) throw new Error('it has no handlers yet');
  });
  herald.signal('SIGUSR2');
  await herald.program.logged(({ msg }) => msg.startsWith('served by'));
  const successor = await herald.successor();
  await herald.program.logged(({ msg }) => msg === 'draining');
  herald.pids.push(successor);
  t.truthy(await once(herald));
  await herald.takeOver();
  t.is(await once(herald), herald.pid);
  t.deepEqual(await herald.stop(), GOOD_END);
});

const ALL = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
const ORDERS = ALL.flatMap((first) =>
  ALL.filter((each) => each !== first).map(
    (second) => [first, second, ALL.find((each) => each !== first && each !== second)!] as const,
  ),
);

for (const order of ORDERS) {
  onLinux(`${order.join(', ')} at once: open sessions end well, and nothing is left`, async (t) => {
    const { start, begin, go } = await createWorld(t);
    go();
    const herald = await start();
    const before = await begin();
    for (const signal of order) herald.signal(signal);
    await herald.program.logged(({ msg }) => msg === 'draining');
    await before.finish();
    t.deepEqual(await herald.exitOf(herald.pid), GOOD_END);
    await herald.program.exited;
    t.deepEqual(herald.alive, []);
    // A drain refuses to read the file, with two lines.
    t.deepEqual(
      herald.log.filter(({ level, ...line }) => level === 'error' && !('file' in line)),
      [],
    );
  });
}

onLinux('SIGINT of a terminal reaches both processes, and both end', async (t) => {
  const { start, begin, go } = await createWorld(t);
  go();
  const herald = await start();
  const before = await begin();
  await herald.takeOver();
  for (const pid of herald.pids) herald.signal('SIGINT', pid);
  t.deepEqual(await herald.exitOf(herald.pid), { code: null, signal: null });
  await before.finish();
  await herald.program.exited;
  t.deepEqual(herald.alive, []);
});
