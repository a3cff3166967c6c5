import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { fromLinux } from './on-linux.ts';
import type { Sockets } from './sockets.ts';

const socket = await fromLinux(() => import('../../src/linux/socket.ts'));

/** A path of a unix socket in a folder that is gone after the test. */
export function temporaryPath(t: ExecutionContext, name = 'socket'): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, name);
}

/** Both ends of a connection over a unix socket. */
export function unixPair(t: ExecutionContext, sockets: Sockets): { client: number; served: number } {
  const path = temporaryPath(t);
  const listener = sockets.keep(socket.unixSocket());
  socket.bindUnix(listener, path);
  socket.listenOn(listener, 8);
  const client = sockets.keep(socket.unixSocket());
  socket.connectUnix(client, path);
  const served = sockets.accept(listener);
  sockets.close(listener);
  return { client, served };
}
