import type { Config } from '../config/config.ts';
import { StartError } from '../proxy/start-error.ts';
import { type App, startApp } from './app.ts';
import type { Host } from './host.ts';
import { type ConfigSource, createReload, watchConfig } from './reload.ts';

/**
 * Starts, serves until a signal ends it, and returns the exit status. With a source SIGHUP reads the
 * configuration again, and so does a change of the file where that is asked for.
 */
export async function runApp(config: Config, host: Host, source?: ConfigSource): Promise<number> {
  let app: App;
  try {
    app = await startApp(config, host);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    host.stderr.write(`herald: ${error.message}\n`);
    return 1;
  }
  let asked = false;
  const end = () => {
    void (asked ? app.stop() : app.drain());
    asked = true;
  };
  const off = [host.onSignal('SIGTERM', end), host.onSignal('SIGINT', end)];
  if (source === undefined) {
    off.push(host.onSignal('SIGHUP', () => app.log.warn({}, 'SIGHUP: there is no file to read again')));
  } else {
    const reload = createReload(app, source, app.log);
    off.push(host.onSignal('SIGHUP', () => void reload()));
    if (config.process.watchConfig) off.push(watchConfig(source.file, () => void reload()));
  }
  await app.ended;
  for (const stop of off) stop();
  return 0;
}
