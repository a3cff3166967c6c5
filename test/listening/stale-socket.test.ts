import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { removeStaleSocket } from '../../src/listening/stale-socket.ts';

/** A directory of the test's own; a socket's path has to be short. */
async function directory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'herald-'));
  t.teardown(() => rm(path, { recursive: true }));
  return path;
}

/** Leaves a socket behind as a program does that is killed: bound, and closed without being unlinked. */
function abandon(path: string): void {
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', program]);
  } catch {
    // Killed, as it was asked.
  }
}

async function listen(t: ExecutionContext, path: string): Promise<void> {
  const server = createServer((socket) => socket.destroy()).listen(path);
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
  });
}

test('a socket that a killed program left is taken away, so that the path can be bound again', async (t) => {
  const path = join(await directory(t), 'stale');
  abandon(path);
  t.true(existsSync(path));
  await removeStaleSocket(path);
  t.false(existsSync(path));
  await t.notThrowsAsync(listen(t, path));
});

test('a socket that somebody listens on stays, and goes on working', async (t) => {
  const path = join(await directory(t), 'alive');
  await listen(t, path);
  await removeStaleSocket(path);
  t.true(existsSync(path));
  await removeStaleSocket(path);
  t.true(existsSync(path));
});

test('a file that is no socket stays', async (t) => {
  const path = join(await directory(t), 'file');
  writeFileSync(path, 'precious');
  await removeStaleSocket(path);
  t.true(existsSync(path));
});

test('a link stays, and so does the dead socket that it points to', async (t) => {
  const inside = await directory(t);
  const [stale, link] = [join(inside, 'stale'), join(inside, 'link')];
  abandon(stale);
  symlinkSync(stale, link);
  await removeStaleSocket(link);
  t.true(existsSync(link));
  t.true(existsSync(stale));
});

test('a directory stays', async (t) => {
  const path = await directory(t);
  await removeStaleSocket(path);
  t.true(existsSync(path));
});

test('where nothing is there, nothing happens', async (t) => {
  const path = join(await directory(t), 'nothing');
  await t.notThrowsAsync(removeStaleSocket(path));
  t.false(existsSync(path));
});
