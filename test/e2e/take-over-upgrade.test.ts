import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Generations } from '../helpers/generations.ts';
import { folderFor, retry } from '../helpers/peer-start.ts';
import { startTakeOverWorld } from '../restarts/take-over-world.ts';

// Another version of the program stands in its place when the successor is started.

const onLinux = process.platform === 'linux' ? test.serial : test.skip;

const GOOD_END = { code: 0, signal: null };
const FLAGS = '--engine epoll --threads 2 --present none';
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A build of this program that says that it has another version, as a package is installed. */
function install(at: string, version: string): void {
  mkdirSync(join(at, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'dist/src'), join(at, 'dist/src'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(at, 'node_modules'));
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  writeFileSync(join(at, 'package.json'), JSON.stringify({ ...manifest, version }));
}

/** Resolves once the take-over socket is there: nothing is loaded any more. */
function hasStarted({ folder }: Generations): Promise<void> {
  return retry(async () => {
    if (readdirSync(folder).length === 0) throw new Error('it is still starting');
  });
}

/** The connection of an earlier answer may be the old process's. */
const CLOSE = { headers: { connection: 'close' } };

async function versionOf(port: number): Promise<string | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`, CLOSE)).text();
  return /^herald_build_info\{.*version="([^"]*)"/m.exec(text)?.[1];
}

/** Releases beside each other, of which `current` is one, by a link. */
async function createReleases(t: ExecutionContext) {
  const folder = await folderFor(t);
  const current = join(folder, 'current');
  const choose = (release: string) => {
    symlinkSync(join(folder, release), `${current}.new`);
    renameSync(`${current}.new`, current);
  };
  return { folder, choose, main: join(current, 'dist/src/main.js') };
}

onLinux('the successor is the release that the path of the program leads to now', async (t) => {
  const { folder, choose, main } = await createReleases(t);
  install(join(folder, 'one'), '1.0.1');
  install(join(folder, 'two'), '1.0.2');
  choose('one');
  const { herald, begin, once, metricsPort } = await startTakeOverWorld(t, FLAGS, { main });
  await hasStarted(herald);
  t.is(await versionOf(metricsPort), '1.0.1');
  const before = await begin();
  choose('two');
  // The files of the process that runs may be gone by then.
  rmSync(join(folder, 'one'), { recursive: true });
  await herald.takeOver();
  t.is(await versionOf(metricsPort), '1.0.2');
  t.is(await once(), herald.pid);
  await before.finish();
  t.deepEqual(await herald.exitOf(herald.pids[0]!), GOOD_END);
  t.deepEqual(await herald.stop(), GOOD_END);
  t.deepEqual(herald.complaints, []);
});

/** As a Herald of another version of the take-over begins. */
const STRANGE_MAIN = `
import { connect } from 'node:net';
const socket = connect(process.env.HERALD_TAKE_OVER);
socket.write('herald-take-over 2\\n');
socket.on('close', () => process.exit(1));
`;

onLinux(
  'a release of another version of the take-over is refused with a sentence, and the old one serves',
  async (t) => {
    const { folder, choose, main } = await createReleases(t);
    install(join(folder, 'one'), '1.0.1');
    mkdirSync(join(folder, 'two/dist/src'), { recursive: true });
    writeFileSync(join(folder, 'two/package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'two/dist/src/main.js'), STRANGE_MAIN);
    choose('one');
    const { herald, once, metricsPort } = await startTakeOverWorld(t, FLAGS, { main });
    await hasStarted(herald);
    choose('two');
    rmSync(join(folder, 'one'), { recursive: true });
    herald.signal('SIGUSR2');
    const { detail } = await herald.program.logged(({ level }) => level === 'error');
    t.regex(detail!, /version 2.*version 1/);
    t.is(await once(), herald.pid);
    t.is(await versionOf(metricsPort), '1.0.1');
    t.deepEqual(await herald.stop(), GOOD_END);
  },
);
