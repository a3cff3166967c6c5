import type { GatewayConfig } from '../config/gateway-options.ts';
import type { Host } from '../observe/host.ts';
import { runApp } from './run-app.ts';

/** Below 2^31, from where on a timer fires at once. */
const LONG_MS = 2 ** 30;

/** Serves the listeners that objects of the cluster ask for until a signal ends it, and returns the exit status. */
export async function runGateway({ config, gateway }: GatewayConfig, host: Host): Promise<number> {
  // Timers of discovery keep no process alive. While the API is away and no listener is open, or once the ops addresses have
  // closed, nothing else does: Node would end the process with status 13.
  const awake = setInterval(() => {}, LONG_MS);
  try {
    return await runApp(config, host, { gateway });
  } finally {
    clearInterval(awake);
  }
}
