import type { Herald, HeraldOptions } from './app/herald.ts';
import type { HeraldConfig } from './config/herald-config.ts';

export type { AcceptOptions } from './accept/accept-options.ts';
export { acceptProxyProtocol } from './accept/accept-proxy-protocol.ts';
export type { AcceptHandle } from './accept/intercept-connections.ts';
export type { ProxyAddress, ProxyHeader, ProxyTlv } from './accept/proxy-header.ts';
export { proxyHeaderOf } from './accept/proxy-header-of.ts';
export type { Refusal } from './accept/refusal.ts';
export type { Herald, HeraldOptions } from './app/herald.ts';
export { ConfigError, type ConfigProblem } from './config/config-error.ts';
export type { HeraldConfig, HeraldListener } from './config/herald-config.ts';
export { StartError } from './plan/start-error.ts';

/**
 * Starts a Herald inside a program. `metrics` and `admin` stay closed unless they are named. Rejects with a
 * `ConfigError` that holds every mistake, or with a `StartError` where a port cannot be bound; then nothing is left
 * open. The proxy and its packages are loaded by the first call, so that the rest of the library costs nothing of it.
 */
export async function createHerald(config: HeraldConfig, options: HeraldOptions = {}): Promise<Herald> {
  const { startHerald } = await import('./app/herald.ts');
  return startHerald(config, options);
}

/** @deprecated The former name of `createHerald`. */
export function createProxy(config: HeraldConfig, options?: HeraldOptions): Promise<Herald> {
  return createHerald(config, options);
}
