import { chmodSync } from 'node:fs';
import type { Host } from '../observe/host.ts';

/** Its owner may read and write a socket, which is to connect: 0600 of 0777. */
const MASK = 0o177;

/**
 * Lets a server bind a unix socket that nobody but its owner can connect to, from the moment that it exists: by the
 * mask of the process, for the one call that makes the socket. A thread that may not set the mask (of a program that
 * uses the library) changes the mode right behind the call instead.
 */
export function ownerOnly({ umask }: Host, path: string): (bind: () => boolean) => void {
  return (bind) => {
    const before = masked(umask);
    let bound = false;
    try {
      bound = bind();
    } finally {
      if (before !== null) umask!(before);
    }
    if (bound && before === null) chmodSync(path, 0o777 & ~MASK);
  };
}

/** The mask before, or null where it could not be set. */
function masked(umask: Host['umask']): number | null {
  try {
    return umask?.(MASK) ?? null;
  } catch {
    return null;
  }
}
