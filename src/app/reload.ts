import { unwatchFile, watchFile } from 'node:fs';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { SerialQueue } from '../control/serial-queue.ts';
import type { Log } from '../observe/log.ts';
import { StartError } from '../plan/start-error.ts';
import type { App } from './app.ts';

/** How often a watched file is looked at. Kubernetes swaps links, which notifications of the kernel miss. */
const LOOK_MS = 1000;
/** How long whoever writes the file has to finish: half a file may be a right one, with half of the listeners. */
const SETTLE_MS = 1000;

/** Where a configuration comes from that can be read again. */
export interface ConfigFile {
  readonly file: string;
  /** Reads it all anew. Throws a `ConfigError`. */
  read(): Config;
}

/** Reads the configuration again, one time after the other: what is wrong keeps the old one, and says all of it. */
export function createReload(app: App, source: ConfigFile, log: Log): () => Promise<void> {
  const turns = new SerialQueue();
  const once = async () => {
    try {
      const changes = await app.reload(source.read());
      log.info({ file: source.file, ...changes }, 'configuration reloaded');
    } catch (error) {
      const messages = explain(error);
      if (messages === null) throw error;
      app.reloadFailed();
      for (const message of messages) log.error({ file: source.file }, message);
      log.error({ file: source.file }, 'reload failed; keeping the previous configuration');
    }
  };
  return () => turns.run(once);
}

/** Calls back when the file, or what its links lead to, is another, and has had time to become whole; until the returned function is called. */
export function watchConfig(file: string, changed: () => void): () => void {
  let settling: NodeJS.Timeout | undefined;
  // Not put off by changes that follow: each is seen after it, and a file that always changes is read all the same.
  const listener = () => {
    settling ??= setTimeout(() => {
      settling = undefined;
      changed();
    }, SETTLE_MS).unref();
  };
  watchFile(file, { interval: LOOK_MS, persistent: false }, listener);
  return () => {
    unwatchFile(file, listener);
    clearTimeout(settling);
  };
}

function explain(error: unknown): readonly string[] | null {
  if (error instanceof ConfigError) return error.lines;
  return error instanceof StartError ? [error.message] : null;
}
