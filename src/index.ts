import { readFileSync } from 'node:fs';
import { umask } from 'node:process';
import { PassThrough, Writable } from 'node:stream';
import { type App, startApp } from './app/app.ts';
import type { Host } from './app/host.ts';
import { configFromValue } from './config/config-from-value.ts';

export type { AcceptOptions, Refusal } from './accept/accept-options.ts';
export { acceptProxyProtocol } from './accept/accept-proxy-protocol.ts';
export type { ProxyAddress, ProxyHeader, ProxyTlv } from './accept/proxy-header.ts';
export { proxyHeaderOf } from './accept/proxy-header-of.ts';
export { ConfigError, type ConfigProblem } from './config/config-error.ts';
export { StartError } from './proxy/start-error.ts';

/** A proxy that runs inside a program: where it listens, and its two ends. */
export type Proxy = App;

export interface ProxyOptions {
  /** Where log lines go, JSON one object a line; without it nothing is logged. */
  readonly log?: Writable;
}

/**
 * Starts a proxy of a configuration in the shape of the file (`herald run --config`). `metrics` and
 * `admin` stay closed unless they are named. Rejects with a `ConfigError` that names every mistake, or
 * with a `StartError` where a port can't be bound; and then nothing is left open.
 */
export async function createProxy(config: object, { log }: ProxyOptions = {}): Promise<Proxy> {
  const written = { metrics: 'none', admin: 'none', drainDelay: '0s', ...config };
  return startApp(configFromValue(written, {}), libraryHost(log ?? nowhere()));
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/** A library has no signals, no environment and no standard streams of its own. */
function libraryHost(log: Writable): Host {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return {
    env: {},
    stdin: new PassThrough(),
    stdout: log,
    stderr: nowhere(),
    version,
    nodeVersion: '',
    platform: '',
    pid: 0,
    umask: (mask) => umask(mask),
    onSignal: () => () => {},
  };
}
