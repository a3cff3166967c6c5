import type { Config } from '../config/config.ts';
import type { Host } from '../observe/host.ts';
import { StartError } from '../plan/start-error.ts';
import { type App, startApp } from './app.ts';
import { loadSockets } from './load-sockets.ts';
import { type ConfigFile, createReload, type WatchParts, watchConfig } from './reload.ts';

/**
 * Starts Herald, serves until a signal ends it, and returns the exit status. With a `source`, SIGHUP reads the configuration
 * again, and with `--watch-config` a change of the file does too. Without one, SIGHUP drains if standard input is a terminal,
 * which was closed then, and is ignored otherwise, as under nohup.
 */
export async function runApp(
  config: Config,
  host: Host,
  source?: ConfigFile,
  watch?: WatchParts,
): Promise<number> {
  let app: App | null = null;
  let signals = 0;
  const obey = () => {
    if (app !== null && signals > 0) void (signals > 1 ? app.stop() : app.drain());
  };
  const onSignal = () => {
    signals++;
    obey();
  };
  // Signal handlers come before anything is open: a signal may come as soon as `listening` is logged, and in a container,
  // where Herald is process 1, a signal without a handler is lost.
  let early = false;
  let hangUp = () => {
    early = true;
  };
  const off = [
    host.onSignal('SIGTERM', onSignal),
    host.onSignal('SIGINT', onSignal),
    host.onSignal('SIGHUP', () => hangUp()),
  ];
  try {
    const sockets = await loadSockets(host.platform, {});
    app = await startApp(config, host, { sockets });
    const { log } = app;
    if (source !== undefined) {
      const reload = createReload(app, source, log);
      hangUp = () => void reload();
      if (config.process.watchConfig) off.push(watchConfig(source.file, hangUp, watch));
    } else if (host.stdinIsTerminal) {
      // The shell and the kernel may each send one: a second SIGHUP is not a second request to end.
      hangUp = () => {
        signals = Math.max(signals, 1);
        obey();
      };
    } else {
      hangUp = () => log.debug({}, 'SIGHUP ignored: there is no configuration file to read again');
    }
    if (early) hangUp();
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
