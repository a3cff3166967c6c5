import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ExecutionContext } from 'ava';
import { fromLinux, leavesNothingOpen, onLinux } from '../linux/on-linux.ts';
import { LOOPBACK, Sockets } from '../linux/sockets.ts';
import { childPath, temporaryFolder } from './old-process.ts';
import { scriptPredecessor } from './scripted-predecessor.ts';

const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));
const socket = await fromLinux(() => import('../../src/linux/socket.ts'));
const { formatManifest } = await fromLinux(() => import('../../src/takeover/manifest.ts'));

leavesNothingOpen();

const AF_INET = 2;
const SOCK_STREAM = 1;
const NON_BLOCKING = 0o4000;
const OTHER_UID = 65534;

async function joining(path: string, ...words: readonly string[]): Promise<{ [key: string]: unknown }> {
  const args = [childPath('joining-child'), path, '10000', ...words];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  return JSON.parse(stdout);
}

function isBlocking(fd: number): boolean {
  const [, flags] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))!;
  return (Number.parseInt(flags!, 8) & NON_BLOCKING) === 0;
}

onLinux('a socket that blocks does not any more when a successor has it', async (t) => {
  const sockets = new Sockets(t);
  const fd = sockets.keep(declare('int socket(int domain, int type, int protocol)')(AF_INET, SOCK_STREAM, 0));
  socket.bindTcp(fd, LOOPBACK, 0);
  socket.listenOn(fd, 8);
  const { port } = socket.localAddress(fd)!;
  t.true(isBlocking(fd));
  const path = join(temporaryFolder(t), 'socket');
  await scriptPredecessor(t, path, async (link) => {
    await link.line();
    await link.sayManifest(
      formatManifest([{ name: 'web', address: { kind: 'tcp', ip: LOOPBACK, port }, worker: 0 }]),
    );
    await link.line();
    link.sayWith('descriptors 1', [fd]);
    await link.line();
    // All descriptors of a socket share the flag.
    t.false(isBlocking(fd));
    await link.say('yours\n');
  });
  t.is((await joining(path, 'ready')).result, 'handed_over');
});

/** A process of another user that listens at the path, and does not say what it hears. */
async function listenAs(t: ExecutionContext, uid: number, path: string): Promise<void> {
  // It becomes that user by itself, who may not be able to read this Node's folder.
  const script = `process.setgid(${uid}); process.setuid(${uid}); require('net').createServer((peer) => peer.on('data', () => {})).listen(${JSON.stringify(path)}, () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', script], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  await once(child.stdout!, 'data');
}

onLinux(
  'no process succeeds one of another user, whatever that one would give it',
  async (t) => {
    const folder = temporaryFolder(t);
    chmodSync(folder, 0o777);
    const path = join(folder, 'socket');
    await listenAs(t, OTHER_UID, path);
    const { message, left } = await joining(path);
    t.is(
      message,
      `cannot take over from the process at ${path}: it is a process of another user (${OTHER_UID})`,
    );
    t.is(left, 0);
  },
  { missing: process.geteuid?.() === 0 ? null : 'a process of another user needs root' },
);
