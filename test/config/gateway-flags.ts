import type { Environment } from '../../src/config/environment.ts';
import { gatewayFromFlags } from '../../src/config/gateway-from-flags.ts';
import type { GatewayConfig } from '../../src/config/gateway-options.ts';
import type { FlagTexts } from './read-flags.ts';

/** The least that a gateway needs. */
export const LEAST_GATEWAY: FlagTexts = {
  namespaces: 'all',
  defaultPresent: 'none',
  publish: 'nodes',
  nodeName: 'node-a',
};

/** Reads exactly these flags. */
export function readGatewayFlags(flags: FlagTexts, env: Environment = {}): GatewayConfig {
  return gatewayFromFlags(new Map(Object.entries(flags).map(([key, texts]) => [key, [texts].flat()])), env);
}
