import { unwatchFile, watchFile } from 'node:fs';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import type { SerialQueue } from '../control/serial-queue.ts';
import { type Clock, realClock } from '../observe/clock.ts';
import type { Log } from '../observe/log.ts';
import { StartError } from '../plan/start-error.ts';
import type { App } from './app.ts';
import { type ServiceNotices, servingStatus } from './service-notices.ts';

/** How often a watched file is checked. Kubernetes replaces symbolic links, of which inotify on the file says nothing. */
const LOOK_MS = 1000;
/** How long a program has to finish writing the file: half of a file may be valid, with half of the listeners. */
const SETTLE_MS = 1000;

/** A configuration file that can be read again. */
export interface ConfigFile {
  readonly file: string;
  /** Reads the whole configuration again. Throws a `ConfigError`. */
  read(): Config;
}

export interface ReloadParts {
  readonly app: App;
  readonly source: ConfigFile;
  readonly log: Log;
  /** The service manager is told of each reload, from its begin to its end. */
  readonly notices: Pick<ServiceNotices, 'reloading' | 'ready'>;
  /** The queue of what changes or hands over the listeners: one thing at a time. */
  readonly turns: SerialQueue;
}

/**
 * Returns a function that reloads. A wrong configuration is logged with all of its mistakes, and the previous one stays.
 */
export function createReload({ app, source, log, notices, turns }: ReloadParts): () => Promise<void> {
  const once = async () => {
    if (app.isDraining) {
      log.info({ file: source.file }, 'reload ignored: this process drains');
      return;
    }
    notices.reloading();
    try {
      const changes = await app.reload(source.read());
      log.info({ file: source.file, ...changes }, 'configuration reloaded');
    } catch (error) {
      const messages = explain(error);
      if (messages === null) throw error;
      app.reloadFailed();
      if (error instanceof ConfigError)
        for (const warning of error.warnings) log.warn({ file: source.file }, warning);
      for (const message of messages) log.error({ file: source.file }, message);
      log.error({ file: source.file }, 'reload failed; keeping the previous configuration');
    } finally {
      notices.ready(servingStatus(app.listeners));
    }
  };
  return () => turns.run(once);
}

/** How a file is watched. Tests bring their own. */
export interface WatchParts {
  readonly lookMs?: number;
  readonly clock?: Pick<Clock, 'after'>;
}

/** Calls `changed` a second after the file, or the target of its links, changes; until the returned function is called. */
export function watchConfig(
  file: string,
  changed: () => void,
  { lookMs = LOOK_MS, clock = realClock }: WatchParts = {},
): () => void {
  let cancel: (() => void) | null = null;
  // Further changes do not restart the timer: the file is read after each of them anyway, and one that changes all the time
  // is still read.
  const listener = () => {
    cancel ??= clock.after(SETTLE_MS, () => {
      cancel = null;
      changed();
    });
  };
  watchFile(file, { interval: lookMs, persistent: false }, listener);
  return () => {
    unwatchFile(file, listener);
    cancel?.();
  };
}

function explain(error: unknown): readonly string[] | null {
  if (error instanceof ConfigError) return error.lines;
  return error instanceof StartError ? error.lines : null;
}
