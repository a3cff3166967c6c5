import { createHash } from 'node:crypto';
import { fchmodSync, lstatSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { ERRNO, errnoName } from '../linux/errno.ts';
import { bindUnix, close, listenOn, unixSocket } from '../linux/socket.ts';
import { removeStaleSocket } from '../listening/stale-socket.ts';

/** A listening unix socket to which a successor connects. */
export interface TakeOverSocket {
  readonly path: string;
  readonly fd: number;
  /** Removes the path if it is still that of this socket. It does not close the descriptor. */
  unlink(): void;
}

/** Why there is no such socket: one sentence. */
export interface NoTakeOverSocket {
  readonly problem: string;
  /** The folder does not exist: nobody has prepared this machine for it, which is worth no warning. */
  readonly isExpected: boolean;
}

/** 107 = the 108 bytes of `sun_path` − 1 for the terminating NUL. */
const MOST_PATH_BYTES = 107;
/** The queue: a successor, and a few strangers before it. */
const BACKLOG = 16;
const OWNER_ONLY = 0o600;

/**
 * The path of a process's take-over socket, the same for its successor: in `$RUNTIME_DIRECTORY`, which is a list with colons
 * if a unit has several, or in /run/herald. `identity` tells the processes of one folder apart: the absolute path of the
 * configuration, or the command line of a process without one.
 */
export function takeOverPath(runtimeDirectory: string | undefined, identity: string): string {
  const folder = runtimeDirectory?.split(':')[0] || '/run/herald';
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return `${folder}/take-over-${hash}.sock`;
}

/**
 * Opens the socket at its path, with mode 0600 from its first moment. A path that a killed process has left behind is removed;
 * one on which another process listens is left alone, and is a problem.
 */
export async function openTakeOverSocket(path: string): Promise<TakeOverSocket | NoTakeOverSocket> {
  const bytes = Buffer.byteLength(path);
  if (bytes > MOST_PATH_BYTES) {
    const problem = `the path ${path} has ${bytes} bytes, and a socket has at most ${MOST_PATH_BYTES}`;
    return { problem, isExpected: false };
  }
  await removeStaleSocket(path);
  const fd = bindOwnerOnly(path);
  if (fd >= 0) return socketAt(path, fd);
  const code = errnoName(-fd);
  return { problem: `${path} cannot be opened: ${WHY[code] ?? code}`, isExpected: fd === -ERRNO.ENOENT };
}

const WHY: { readonly [code: string]: string } = {
  EADDRINUSE: 'another process listens on it, or it is no socket',
  EACCES: 'permission denied',
  EROFS: 'the folder cannot be written to',
  ENOTDIR: 'its folder is a file',
  ENOENT: 'the folder does not exist',
};

/** The socket that a predecessor has passed on. Null if its path is gone, so that nobody could connect to it. */
export function adoptTakeOverSocket(path: string, fd: number): TakeOverSocket | null {
  return inodeOf(path) === null ? null : socketAt(path, fd);
}

/** A socket for one take-over, in a folder that only this user can enter. Throws if there is no place for it. */
export async function openPrivateSocket(temporaryFolder: string): Promise<TakeOverSocket> {
  const folder = mkdtempSync(`${temporaryFolder}/herald-`);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const opened = await openTakeOverSocket(`${folder}/take-over.sock`);
  if (!('problem' in opened)) return { ...opened, unlink: remove };
  remove();
  throw new Error(opened.problem);
}

function socketAt(path: string, fd: number): TakeOverSocket {
  const inode = inodeOf(path);
  return {
    ...{ path, fd },
    unlink() {
      // A path may have been removed and bound anew by another process: its socket has another inode.
      if (inode === null || inodeOf(path) !== inode) return;
      try {
        unlinkSync(path);
      } catch {
        // The folder may be read-only by now: what is left is stale, and the next process removes it.
      }
    },
  };
}

/** The descriptor, or a negative errno. Nothing is then left behind. */
function bindOwnerOnly(path: string): number {
  const fd = unixSocket();
  if (fd < 0) return fd;
  // Linux gives the path the mode of the socket: no moment with another mode, and no umask, which every thread would share.
  fchmodSync(fd, OWNER_ONLY);
  const bound = bindUnix(fd, path);
  const result = bound < 0 ? bound : listenOn(fd, BACKLOG);
  if (result >= 0) return fd;
  close(fd);
  return result;
}

function inodeOf(path: string): string | null {
  try {
    const { dev, ino } = lstatSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return null;
  }
}
