import type { Clock } from '../clock.ts';
import type { KubernetesAccess } from './access.ts';
import type { Files } from './files.ts';

/** Requests to one API server. Sources of the same access share one client, and with it its connections. */
export interface KubernetesClient {
  /** Ends what is running, and closes every connection. Sources are stopped before. */
  stop(): void;
}

export interface ClientOptions {
  readonly clock?: Clock;
  readonly files?: Files;
}

export function createKubernetesClient(
  _access: KubernetesAccess,
  _options: ClientOptions = {},
): KubernetesClient {
  return { stop() {} };
}
