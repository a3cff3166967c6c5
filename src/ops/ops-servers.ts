import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { MachineAddress } from '../config/config.ts';
import { removeStaleSocket } from '../control/stale-socket.ts';
import { createMetrics } from '../observe/metrics.ts';
import { cannotListen } from '../plan/listen-error.ts';
import { StartError } from '../plan/start-error.ts';
import { createAdminServer } from './admin-server.ts';
import { createMetricsServer } from './metrics-server.ts';
import type { OpsServer } from './ops-server.ts';
import { adminState, probeState, type Running, scrapeInput, serviceHealthState } from './ops-views.ts';
import { ownerOnly } from './owner-only.ts';
import { createServiceHealthServer } from './service-health.ts';

/** The addresses for machines, open. */
export interface OpsServers {
  readonly metrics: string | null;
  readonly admin: string | null;
  readonly serviceHealth: string | null;
  stop(): Promise<void>;
}

/**
 * Opens `--metrics`, `--admin` and `--service-health`. An address that nobody asked for and that is taken is a warning; one
 * that was asked for is a `StartError`, and then none stays open.
 */
export async function startOpsServers(running: Running): Promise<OpsServers> {
  const { metrics: metricsAt, admin: adminAt, serviceHealth: healthAt } = running.config.process;
  const metrics = createMetrics(scrapeInput(running));
  const servers: OpsServer[] = [];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const open = async (option: string, at: MachineAddress, create: (address: ParsedAddress) => OpsServer) => {
    if (at.address === null) return null;
    if (at.address.kind === 'unix') await removeStaleSocket(at.address.path);
    const server = create(at.address);
    try {
      const bound = addressText(await server.start());
      servers.push(server);
      running.log.info({ address: bound }, `${option} is open`);
      return bound;
    } catch (error) {
      const message = cannotListen(option, at.address, error);
      if (at.asked) throw new StartError('listen_failed', message, error);
      running.log.warn({}, `${message}; continuing without it. Set ${option} to another address, or to none`);
      return null;
    }
  };
  try {
    const state = probeState(running);
    return {
      metrics: await open('--metrics', metricsAt, (address) =>
        createMetricsServer({ address, metrics, state }),
      ),
      admin: await open('--admin', adminAt, (address) =>
        createAdminServer({
          address,
          state: adminState(running),
          ...(address.kind === 'unix' ? { around: ownerOnly(running.host, address.path) } : {}),
        }),
      ),
      serviceHealth: await open('--service-health', healthAt, (address) =>
        createServiceHealthServer({ address, state: serviceHealthState(running) }),
      ),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
