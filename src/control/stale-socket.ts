import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

/**
 * Takes away a unix socket that nobody listens on any more, as a program that was killed leaves it.
 * One that answers, or a file that is no socket, is somebody's and stays.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => null);
  if (stat?.isSocket() && (await isDead(path))) await unlink(path).catch(() => {});
}

function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.on('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', (failure: NodeJS.ErrnoException) => resolve(failure.code === 'ECONNREFUSED'));
  });
}
