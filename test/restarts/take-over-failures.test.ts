import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Generations } from '../helpers/generations.ts';
import { folderFor, retry } from '../helpers/peer-start.ts';
import { childrenOf, sharedSockets } from '../helpers/processes.ts';
import type { ProgramLine } from '../helpers/program.ts';
import { RequestTalk, talkOnce } from '../helpers/request-talk.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { unusedPort } from '../helpers/unused-port.ts';
import { askOps, localhost } from './take-over-world.ts';

// Whatever becomes of a successor before it is ready, the old process serves as if nothing had happened.

const onLinux = process.platform === 'linux' ? test.serial : test.skip;

const GOOD_END = { code: 0, signal: null };
const ODD = new URL('../helpers/odd-successor.js', import.meta.url);
const HASTY = new URL('../helpers/hasty-timers.js', import.meta.url);

const isError = ({ level }: ProgramLine) => level === 'error';

/** Two of TCP, one at a path, and that of the metrics. */
const SOCKETS = 4;

/** Resolves once the successor has been given all sockets: it is about to listen. */
function hasSockets(herald: Generations, successor: number): Promise<void> {
  return retry(async () => {
    const { length } = sharedSockets(successor, herald.pids[0]!);
    if (length < SOCKETS) throw new Error(`it has ${length} sockets`);
  });
}

/** `herald run` with a TCP and a unix listener, whose successors are as odd as `odd` says. */
async function createWorld(
  t: ExecutionContext,
  options = 'threads: 2',
  env: { [name: string]: string } = {},
) {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const folder = await folderFor(t);
  const [file, word, path] = [join(folder, 'herald.yaml'), join(folder, 'word'), join(folder, 'web.sock')];
  const [port, metricsPort] = [await unusedPort(), await unusedPort()];
  const replace = (at: string, text: string) => {
    writeFileSync(`${at}.new`, text);
    renameSync(`${at}.new`, at);
  };
  const odd = (what: string) => replace(word, what);
  const listener = (name: string, listen: string) =>
    `  - {name: ${name}, listen: "${listen}", to: "127.0.0.1:${endpoint.port}", present: none}`;
  const write = (...more: readonly string[]) =>
    replace(
      file,
      [
        ...['version: 1', `metrics: 127.0.0.1:${metricsPort}`, 'admin: none', 'drainTimeout: 60s', options],
        ...['listeners:', listener('tcp', `127.0.0.1:${port}`), listener('unix', `unix:${path}`), ...more],
      ].join('\n'),
    );
  write();
  odd('good');
  const herald = await Generations.start(t, `run --config ${file}`, {
    listeners: 2,
    env: { NODE_OPTIONS: `--import ${ODD} --import ${HASTY}`, ODD_SUCCESSOR: word, HASTY: '30000', ...env },
  });
  const old = herald.pid;
  /** The old process serves all of its addresses, alone, and has no child, not even a zombie. */
  const servesAlone = async () => {
    t.true(existsSync(path));
    t.is(await talkOnce(endpoint, localhost(port), herald.pids), old);
    t.is(await talkOnce(endpoint, { path }, herald.pids), old);
    t.deepEqual(await askOps(herald, metricsPort, '/lb-healthz'), { pid: old, status: 200 });
    t.deepEqual(await askOps(herald, metricsPort, '/readyz'), { pid: old, status: 200 });
    while (childrenOf(old).length > 0) await nextTurn();
    t.deepEqual(herald.alive, [old]);
  };
  /** SIGUSR2, and the line that says why it came to nothing. */
  const fails = async (meanwhile = async () => {}) => {
    const before = herald.log.filter(isError).length;
    herald.signal('SIGUSR2');
    await meanwhile();
    return (await herald.program.logged(isError, before + 1)).msg;
  };
  return { herald, endpoint, port, odd, write, listener, servesAlone, fails };
}

for (const options of ['engine: epoll\nthreads: 2', 'engine: net']) {
  const engine = options.split('\n')[0]!.slice('engine: '.length);

  onLinux(
    `a successor that crashes, hangs or is killed leaves the old process serving: ${engine}`,
    async (t) => {
      const { herald, endpoint, port, odd, servesAlone, fails } = await createWorld(t, options);
      const before = await RequestTalk.begin(endpoint, localhost(port));
      const errors: string[] = [];
      for (const word of ['exit', 'kill', 'throw']) {
        odd(word);
        errors.push(await fails());
        await servesAlone();
      }
      // It is ended once its time is over, which is not 30 s here.
      odd('hang');
      errors.push(await fails());
      await servesAlone();
      odd('pause');
      errors.push(
        await fails(async () => {
          const successor = await herald.successor();
          await hasSockets(herald, successor);
          herald.signal('SIGKILL', successor);
        }),
      );
      await servesAlone();
      t.is(errors.length, herald.log.filter(isError).length, 'one line each');
      odd('good');
      await herald.takeOver();
      t.is(await talkOnce(endpoint, localhost(port), herald.pids), herald.pid);
      await before.finish();
      t.deepEqual(await herald.stop(), GOOD_END);
    },
  );
}

onLinux('a successor is killed as soon as it exists', async (t) => {
  const { herald, servesAlone, fails } = await createWorld(t);
  for (let times = 0; times < 3; times++) {
    t.truthy(await fails(async () => herald.signal('SIGKILL', await herald.successor())));
    await servesAlone();
  }
});

onLinux('if the old process is killed while its successor starts, the successor serves', async (t) => {
  const { herald, endpoint, port, odd } = await createWorld(t);
  odd('pause');
  const old = herald.pid;
  herald.signal('SIGUSR2');
  const successor = await herald.successor();
  herald.pids.push(successor);
  await hasSockets(herald, successor);
  herald.signal('SIGKILL', old);
  await herald.exitOf(old);
  odd('good');
  t.is(await talkOnce(endpoint, localhost(port), herald.pids), successor);
  t.deepEqual(await herald.stop(), GOOD_END);
});

onLinux('a file that is wrong, or a port that cannot be had, is a failure that can be mended', async (t) => {
  const { herald, endpoint, port, write, listener, servesAlone, fails } = await createWorld(t);
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.teardown(() => taken.close());
  const { port: takenPort } = taken.address() as { port: number };
  const wrong = {
    nowhere: listener('more', 'nowhere'),
    [String(takenPort)]: listener('more', `127.0.0.1:${takenPort}`),
    '/not-there/': listener('more', 'unix:/not-there/socket'),
  };
  for (const [named, more] of Object.entries(wrong)) {
    write(more);
    t.truthy(await fails());
    // The successor's own words, on the standard error that it has inherited.
    t.truthy(await herald.program.line(new RegExp(`^herald: .*${named}`)));
    await servesAlone();
  }
  write();
  await herald.takeOver();
  t.is(await talkOnce(endpoint, localhost(port), herald.pids), herald.pid);
  t.deepEqual(await herald.stop(), GOOD_END);
});
