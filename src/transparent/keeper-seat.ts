import { setTimeout } from 'node:timers/promises';
import { ERRNO, errnoName } from '../linux/errno.ts';
import { bindUnix, close, unixSocket } from '../linux/socket.ts';
import { StartError } from '../plan/start-error.ts';

/** How many keepers of the same routes there may be at a time: two while a pod is replaced. */
const SEATS = 16;
/** A keeper holds the lock for some milliseconds. It is waited for this long, and then passed over: another program may have the name. */
const LOCK_WAIT_MS = 2000;
const LOCK_RETRY_MS = 10;

/**
 * How keepers of the same routes know of each other: each has bound one of a few names of unix sockets. Such names (`\0…`, no files)
 * belong to the network namespace, as the routes do, and the kernel gives them back when a process ends, however it ends.
 */
export class KeeperSeat {
  readonly #prefix: string;
  readonly #fd: number;

  private constructor(prefix: string, fd: number) {
    this.#prefix = prefix;
    this.#fd = fd;
  }

  /** Whether there is a keeper. `what` names what is kept. */
  static isTaken(what: string): boolean {
    return names(prefixOf(what)).some(isBound);
  }

  /** Afterwards no other keeper takes anything down. Rejects with a `StartError`. */
  static async take(what: string): Promise<KeeperSeat> {
    const prefix = prefixOf(what);
    const fd = await withLock(() => bindFree(prefix));
    if (fd < 0) throw seatError(fd);
    return new KeeperSeat(prefix, fd);
  }

  /** Gives the seat up. Runs `takeDown` if no other keeper is there, and says whether it did. */
  leave(takeDown: () => void): Promise<boolean> {
    return withLock(() => {
      close(this.#fd);
      const isAlone = !names(this.#prefix).some(isBound);
      if (isAlone) takeDown();
      return isAlone;
    });
  }
}

/** Keepers start and end one at a time: none looks for others while another one is about to bind its name. */
async function withLock<T>(run: () => T): Promise<T> {
  let lock = bindName('\0herald-routes-lock');
  for (let waited = 0; lock < 0 && waited < LOCK_WAIT_MS; waited += LOCK_RETRY_MS) {
    await setTimeout(LOCK_RETRY_MS);
    lock = bindName('\0herald-routes-lock');
  }
  try {
    return run();
  } finally {
    if (lock >= 0) close(lock);
  }
}

function prefixOf(what: string): string {
  return `\0herald-routes-${what}-`;
}

function names(prefix: string): readonly string[] {
  return Array.from({ length: SEATS }, (_, at) => prefix + at);
}

function bindFree(prefix: string): number {
  let result = -ERRNO.EADDRINUSE;
  for (const name of names(prefix)) {
    result = bindName(name);
    if (result !== -ERRNO.EADDRINUSE) return result;
  }
  return result;
}

function isBound(name: string): boolean {
  const fd = bindName(name);
  if (fd >= 0) close(fd);
  return fd === -ERRNO.EADDRINUSE;
}

/** The descriptor of a socket of this name, or the negative errno. */
function bindName(name: string): number {
  const fd = unixSocket();
  if (fd < 0) return fd;
  const bound = bindUnix(fd, name);
  if (bound >= 0) return fd;
  close(fd);
  return bound;
}

function seatError(result: number): StartError {
  const why =
    result === -ERRNO.EADDRINUSE ? `there are ${SEATS} in this network namespace` : errnoName(-result);
  return new StartError('keeper_refused', `cannot be a keeper of these routes: ${why}`);
}
