import type { Writable } from 'node:stream';
import { configFromValue } from '../config/config-from-value.ts';
import type { HeraldConfig } from '../config/herald-config.ts';
import { SerialQueue } from '../control/serial-queue.ts';
import { startApp } from './app.ts';
import { libraryHost } from './library-host.ts';

/** A Herald that runs inside a program. */
export interface Herald {
  /** What is open, with the ports that were taken; it changes with `reload` and is empty once they have closed. */
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** Where `metrics`, `admin` and `serviceHealth` are open, with the port that was taken; null where they are not. */
  readonly metrics: string | null;
  readonly admin: string | null;
  readonly serviceHealth: string | null;
  /**
   * Takes another configuration: listeners and pools that changed are swapped, sessions stay. Options of the process
   * need a new Herald, and the log says so. Rejects with a `ConfigError` that holds every mistake, or with a
   * `StartError`; then nothing has changed.
   */
  reload(config: HeraldConfig): Promise<void>;
  /** Stops accepting after `drainDelay`, and ends once the sessions have, or after `drainTimeout`. */
  drain(): Promise<void>;
  /** Resets every session and closes everything at once. */
  stop(): Promise<void>;
  /** Resolves when everything is closed, however it came to that. */
  readonly ended: Promise<void>;
}

export interface HeraldOptions {
  /** Where log lines go, one JSON object a line, or readable text on a terminal. Without it nothing is logged. */
  readonly log?: Writable | undefined;
  /**
   * The environment, such as `process.env`: it says whether this is a pod of Kubernetes, whose account is then used for
   * `k8s:` and whose defaults hold, and where the kubeconfig is. No option is read from it. Default: none.
   */
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
}

/** What `createHerald` of the library does, which loads this file when it is called. */
export async function startHerald(config: HeraldConfig, options: HeraldOptions): Promise<Herald> {
  checkOptions(options);
  const env = options.env ?? {};
  const read = (value: HeraldConfig) => configFromValue(withDefaults(value), env);
  const app = await startApp(read(config), libraryHost(options.log, env));
  const turns = new SerialQueue();
  const { metrics, admin, serviceHealth, drain, stop, ended } = app;
  return {
    get listeners() {
      return app.listeners;
    },
    metrics,
    admin,
    serviceHealth,
    reload: (next) =>
      turns.run(async () => {
        try {
          app.log.info({ ...(await app.reload(read(next))) }, 'configuration reloaded');
        } catch (error) {
          app.reloadFailed();
          throw error;
        }
      }),
    drain,
    stop,
    ended,
  };
}

const OPTIONS = ['log', 'env'];

/** A mistake of the program and not of the configuration: a TypeError, before anything is open. */
function checkOptions(options: HeraldOptions): void {
  const refuse = (problem: string): never => {
    throw new TypeError(`createHerald: ${problem}`);
  };
  if (typeof options !== 'object' || options === null) refuse('the options are an object with log and env');
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) refuse(`there is no option "${unknown}" (there are ${OPTIONS.join(', ')})`);
  const { log, env } = options;
  if (log !== undefined && (typeof log?.write !== 'function' || typeof log.on !== 'function'))
    refuse('"log" is a stream that can be written to');
  if (env !== undefined && (typeof env !== 'object' || env === null))
    refuse('"env" is an object, such as process.env');
}

/** A program has its own probes, and ends when it likes: nothing is open and nothing waits unless it says so. */
function withDefaults(config: unknown): unknown {
  // What is no mapping is refused in the words of the configuration.
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config;
  const written = Object.entries(config).filter(([, value]) => value !== undefined);
  return { version: 1, metrics: 'none', admin: 'none', drainDelay: '0s', ...Object.fromEntries(written) };
}
