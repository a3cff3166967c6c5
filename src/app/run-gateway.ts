import type { GatewayConfig } from '../config/gateway-options.ts';
import type { Host } from '../observe/host.ts';
import { runApp } from './run-app.ts';

/** Serves the listeners that objects of the cluster ask for until a signal ends it, and returns the exit status. */
export function runGateway({ config, gateway }: GatewayConfig, host: Host): Promise<number> {
  return runApp(config, host, { gateway });
}
