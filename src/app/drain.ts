import type { Log } from '../observe/log.ts';
import type { Engine } from '../plan/engine.ts';

export interface DrainParts {
  /** 0: waits for sessions without a limit. */
  readonly timeoutMs: number;
  readonly log: Log;
  /** For the log: two processes that write one log tell themselves apart by it. */
  readonly pid: number;
  /** The number of open sessions, for the log. */
  readonly sessions: () => number;
  readonly engine: Engine;
  /** The drain begins: health checks of balancers fail from now on. Connections are still accepted. `isTakenOver` as below. */
  readonly leaving: (isTakenOver: boolean) => void;
  /** The listeners are about to close. */
  readonly closed: () => void;
  /** Stops everything else, once the last session has ended. */
  readonly finish: () => Promise<void>;
}

/** The end of Herald, in order: fail health checks, wait, close the listeners, wait for sessions, reset the rest. */
export function createDrain(parts: DrainParts): {
  /** `delayMs`: how long clients are still accepted. `isTakenOver`: another process has the same sockets. */
  drain(delayMs: number, isTakenOver?: boolean): Promise<void>;
  stop(): Promise<void>;
  readonly ended: Promise<void>;
} {
  const { timeoutMs, log, engine, pid } = parts;
  let ending: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;
  let skipDelay = () => {};
  let finished = () => {};
  const ended = new Promise<void>((resolve) => {
    finished = resolve;
  });

  async function drain(delayMs: number, isTakenOver: boolean): Promise<void> {
    parts.leaving(isTakenOver);
    log.info({ pid, isTakenOver, sessions: parts.sessions(), delayMs, timeoutMs }, 'draining');
    if (delayMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        skipDelay = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    if (stopping !== null) return stopping;
    parts.closed();
    const timer = timeoutMs > 0 ? setTimeout(() => void engine.stop('drain_timeout'), timeoutMs) : undefined;
    await engine.drain(isTakenOver);
    clearTimeout(timer);
    await finish();
  }

  async function stop(): Promise<void> {
    parts.leaving(false);
    parts.closed();
    skipDelay();
    await engine.stop('stopped');
    await finish();
  }

  let finishing: Promise<void> | null = null;
  function finish(): Promise<void> {
    finishing ??= parts.finish().then(() => {
      log.info({ pid }, 'stopped');
      finished();
    });
    return finishing;
  }

  return {
    drain: (delayMs, isTakenOver = false) => {
      ending ??= stopping ?? drain(delayMs, isTakenOver);
      return ending;
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
    ended,
  };
}
