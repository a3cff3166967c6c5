import test from 'ava';
import { installed, testWith } from '../helpers/peer-installed.ts';
import { retry } from '../helpers/peer-start.ts';
import { childrenOf } from '../helpers/processes.ts';
import type { ProgramLine } from '../helpers/program.ts';
import { startTakeOverWorld, type TakeOverWorld } from './take-over-world.ts';

// Where a take-over cannot be, and where it has to do with less.

const onLinux = process.platform === 'linux' ? test.serial : test.skip;
const UNSHARE = installed('unshare');
/** The right to mount, and to make namespaces. */
const ROOT = { missing: process.getuid?.() === 0 ? null : 'only root may mount' };
const FORBID_KOFFI = new URL('../helpers/forbid-koffi.js', import.meta.url);

const GOOD_END = { code: 0, signal: null };
const isError = ({ level }: ProgramLine) => level === 'error';
const isRemark = ({ level }: ProgramLine) => level === 'warn' || level === 'error';

/** Herald says in one line that it cannot be taken over, and serves on. Returns the line. */
async function isRefused(
  t: { is(a: unknown, b: unknown): void; deepEqual(a: unknown, b: unknown): void },
  { herald, once, begin }: TakeOverWorld,
  remarks = 0,
): Promise<string> {
  if (remarks > 0) await herald.program.logged(isRemark, remarks);
  const before = await begin();
  const said = herald.log.filter(isRemark).length;
  herald.signal('SIGUSR2');
  const { msg, detail } = await herald.program.logged(isRemark, said + 1);
  t.is(await once(), herald.pid);
  await before.finish();
  await retry(async () => {
    if (childrenOf(herald.pid).length > 0) throw new Error('a child is left');
  });
  t.is(herald.log.filter(isRemark).length, said + 1);
  return `${msg} ${detail}`;
}

testWith(
  [UNSHARE],
  [ROOT],
  onLinux,
)('as PID 1 of a container SIGUSR2 is refused with a sentence', async (t) => {
  const world = await startTakeOverWorld(t, '--engine epoll --threads 2 --present none', {
    prefix: [UNSHARE.command, '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
    first: (pid) => childrenOf(pid)[0],
  });
  t.regex(await isRefused(t, world), /PID 1|process 1/);
});

onLinux('where koffi cannot be loaded SIGUSR2 is refused with a sentence', async (t) => {
  const world = await startTakeOverWorld(t, '--engine net --present none', {
    env: { NODE_OPTIONS: `--import ${FORBID_KOFFI}` },
  });
  t.regex(await isRefused(t, world), /koffi/);
  t.deepEqual(await world.herald.stop(), GOOD_END);
});

for (const [title, folder] of Object.entries({
  'does not exist': '/not-there/herald',
  'is a file': '/etc/hostname',
  'is not named': undefined,
})) {
  onLinux(`a folder for the take-over socket that ${title} does not prevent a take-over`, async (t) => {
    const { herald, once } = await startTakeOverWorld(t, '--engine epoll --threads 1 --present none', {
      env: { RUNTIME_DIRECTORY: folder },
    });
    const old = herald.pid;
    await herald.takeOver();
    t.is(await once(), herald.pid);
    t.deepEqual(await herald.exitOf(old), GOOD_END);
    await herald.takeOver();
    t.is(await once(), herald.pid);
    t.deepEqual(await herald.stop(), GOOD_END);
    t.deepEqual(herald.complaints.filter(isError), []);
  });
}

/** Mounts a file system of one inode, its root folder, where only this process and its children see it. */
const FULL_DISK = ['--mount', 'sh', '-c', 'mount -t tmpfs -o nr_inodes=1 none /mnt && exec "$@"', 'sh'];

testWith(
  [UNSHARE],
  [ROOT],
  onLinux,
)('where the disk is full a private folder is used', async (t) => {
  const { herald, once } = await startTakeOverWorld(t, '--engine epoll --threads 1 --present none', {
    prefix: [UNSHARE.command, ...FULL_DISK],
    env: { RUNTIME_DIRECTORY: '/mnt' },
  });
  const old = herald.pid;
  await herald.takeOver();
  t.is(await once(), herald.pid);
  t.deepEqual(await herald.exitOf(old), GOOD_END);
  t.deepEqual(await herald.stop(), GOOD_END);
});

testWith(
  [UNSHARE],
  [ROOT],
  onLinux,
)('where every disk is full the old process says so, and serves on', async (t) => {
  const world = await startTakeOverWorld(t, '--engine epoll --threads 1 --present none', {
    prefix: [UNSHARE.command, ...FULL_DISK],
    env: { RUNTIME_DIRECTORY: '/mnt', TMPDIR: '/mnt' },
  });
  t.regex(await isRefused(t, world, 1), /space|ENOSPC/);
  t.deepEqual(await world.herald.stop(), GOOD_END);
});
