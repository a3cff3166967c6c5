import type { Config } from '../config/config.ts';
import type { Host } from '../observe/host.ts';
import { StartError } from '../plan/start-error.ts';
import { type App, startApp } from './app.ts';
import { type ConfigFile, createReload, watchConfig } from './reload.ts';

/**
 * Starts, serves until a signal ends it, and returns the exit status. With a source SIGHUP reads the
 * configuration again, and so does a change of the file where that is asked for.
 */
export async function runApp(config: Config, host: Host, source?: ConfigFile): Promise<number> {
  let app: App | null = null;
  let asked = 0;
  const obey = () => {
    if (app !== null && asked > 0) void (asked > 1 ? app.stop() : app.drain());
  };
  const onSignal = () => {
    asked++;
    obey();
  };
  // Heard before anything is open: whoever reads `listening` may signal at once, and in a container, where
  // Herald is process 1, a signal that nobody hears yet is lost.
  let early = false;
  let reload = async () => {
    early = true;
  };
  const off = [
    host.onSignal('SIGTERM', onSignal),
    host.onSignal('SIGINT', onSignal),
    host.onSignal('SIGHUP', () => void reload()),
  ];
  try {
    app = await startApp(config, host);
    const { log } = app;
    if (source === undefined) {
      reload = async () => log.warn({}, 'SIGHUP: there is no file to read again');
    } else {
      reload = createReload(app, source, log);
      if (config.process.watchConfig) off.push(watchConfig(source.file, () => void reload()));
    }
    if (early) void reload();
    obey();
    await app.ended;
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    host.stderr.write(`herald: ${error.message}\n`);
    return 1;
  } finally {
    for (const stop of off) stop();
  }
}
