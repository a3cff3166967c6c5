import type { GatewayConfig } from '../config/gateway-options.ts';
import type { Host } from '../observe/host.ts';
import { runApp } from './run-app.ts';

/** Starts Herald with the listeners that the objects of a cluster ask for, serves until a signal ends it, and returns the exit status. */
export async function runGateway({ config }: GatewayConfig, host: Host): Promise<number> {
  return runApp(config, host);
}
