import { readFileSync } from 'node:fs';
import { pid, platform, umask, versions } from 'node:process';
import { PassThrough, Writable } from 'node:stream';
import { configFromValue } from '../config/config-from-value.ts';
import type { HeraldConfig } from '../config/herald-config.ts';
import { SerialQueue } from '../control/serial-queue.ts';
import type { Host } from '../observe/host.ts';
import { startApp } from './app.ts';
import { createListenTable, readPassedSockets } from './listen-table.ts';
import { loadSockets } from './load-sockets.ts';

/** A running Herald inside a program. */
export interface Herald {
  /** The open listeners, with the ports that they really have. Changes with `reload`; empty once they are closed. */
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** The addresses of `metrics`, `admin` and `serviceHealth`, with the ports that they really have; null if not open. */
  readonly metrics: string | null;
  readonly admin: string | null;
  readonly serviceHealth: string | null;
  /**
   * Applies another configuration. Listeners and pools that changed are replaced; sessions stay. Options of the process
   * change only with a new Herald, and the log says so. Rejects with a `ConfigError` that holds every mistake, or with a
   * `StartError`; then nothing has changed.
   */
  reload(config: HeraldConfig): Promise<void>;
  /** Stops accepting after `drainDelay`. Ends once all sessions have ended, or after `drainTimeout`. */
  drain(): Promise<void>;
  /** Resets every session and closes everything at once. */
  stop(): Promise<void>;
  /** Resolves once everything is closed, whatever the cause. */
  readonly ended: Promise<void>;
}

export interface HeraldOptions {
  /** Where log lines are written: one JSON object a line, or readable text on a terminal. Default: nothing is logged. */
  readonly log?: Writable | undefined;
  /**
   * The environment, such as `process.env`. It tells whether this is a pod of Kubernetes (then its service account is used
   * for `k8s:`, and the defaults in a cluster apply), where the kubeconfig is, and which sockets systemd passed (`systemd:NAME`).
   * No option is read from it. Default: none.
   */
  readonly env?: { readonly [name: string]: string | undefined } | undefined;
}

/** The body of `createHerald`, which loads this file when it is called. */
export async function startHerald(config: HeraldConfig, options: HeraldOptions): Promise<Herald> {
  checkOptions(options);
  const env = options.env ?? {};
  const read = (value: HeraldConfig) => configFromValue(withDefaults(value), env);
  const host = libraryHost(options.log, env);
  const first = read(config);
  const { reusePort } = first.process;
  const table = createListenTable(await readPassedSockets(host));
  // Node binds the sockets of a program, except where it cannot.
  const ownSockets = reusePort || table.held.length > 0;
  const sockets = ownSockets ? await loadSockets(host.platform, { reusePort, passed: table.held }) : null;
  const app = await startApp(first, host, { sockets, table });
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

/** Throws a TypeError for a mistake of the program, as opposed to one of the configuration, before anything is open. */
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

/** A program has its own probes and decides when it ends: by default no ops address is open, and a drain has no delay. */
function withDefaults(config: unknown): unknown {
  // Anything but a mapping is refused by the configuration's own checks.
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config;
  const written = Object.entries(config).filter(([, value]) => value !== undefined);
  return { version: 1, metrics: 'none', admin: 'none', drainDelay: '0s', ...Object.fromEntries(written) };
}

/** The host of a Herald inside a program. Signals and standard streams belong to the program and are not touched. */
function libraryHost(log: Writable | undefined, env: Host['env']): Host {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return {
    env,
    stdin: new PassThrough(),
    stdout: log ?? nowhere(),
    stderr: nowhere(),
    version,
    nodeVersion: versions.node,
    platform,
    pid,
    umask: (mask) => umask(mask),
    onSignal: () => () => {},
  };
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
