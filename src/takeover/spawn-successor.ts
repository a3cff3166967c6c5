import { spawn } from 'node:child_process';
import { TAKE_OVER_VARIABLE } from './protocol.ts';

/** These speak of the process whose id they name, and its successor is another one. */
const NOT_INHERITED = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'WATCHDOG_PID'];

/** A child process that is to succeed this one. It keeps no process alive. */
export interface Successor {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when it has ended, or could not be started, with a sentence that says so. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** Starts `program` again, in the same folder and with the same standard streams. Throws nothing. */
export function spawnSuccessor(
  [command, ...words]: readonly string[],
  env: { readonly [name: string]: string | undefined },
  path: string,
): Successor {
  const inherited = Object.entries(env).filter(([name]) => !NOT_INHERITED.includes(name));
  try {
    const child = spawn(command!, words, {
      env: { ...Object.fromEntries(inherited), [TAKE_OVER_VARIABLE]: path },
      stdio: 'inherit',
    });
    child.unref();
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(notStarted(error)));
      child.once('exit', (status, signal) =>
        resolve(
          `the successor ${status === null ? `was ended by ${signal}` : `ended with status ${status}`} before it was ready`,
        ),
      );
    });
    return { pid: child.pid, ended, kill: () => void child.kill('SIGKILL') };
  } catch (error) {
    return { pid: undefined, ended: Promise.resolve(notStarted(error)), kill() {} };
  }
}

function notStarted(error: unknown): string {
  return `the successor could not be started: ${(error as Error).message}`;
}
