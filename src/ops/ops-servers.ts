import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { OpsAddress } from '../config/config.ts';
import { removeStaleSocket } from '../control/stale-socket.ts';
import { createMetrics } from '../observe/metrics.ts';
import { cannotListen } from '../plan/listen-error.ts';
import { StartError } from '../plan/start-error.ts';
import { createAdminServer } from './admin-server.ts';
import { ownerOnly } from './listen.ts';
import { createMetricsServer } from './metrics-server.ts';
import { scrapeInput } from './metrics-view.ts';
import type { OpsServer } from './ops-server.ts';
import { adminState, probeState, type Running, serviceHealthState } from './ops-views.ts';
import { createServiceHealthServer } from './service-health.ts';

/** The open ops addresses, with the ports that they really have; null if not open. */
export interface OpsServers {
  readonly metrics: string | null;
  readonly admin: string | null;
  readonly serviceHealth: string | null;
  stop(): Promise<void>;
}

/**
 * Opens `--metrics`, `--admin` and `--service-health`:
 *
 *     --metrics         metrics-server ── metrics-view ──┐
 *                         probes ── ops-views ───────────┤
 *     --admin           admin-server ── ops-views ───────┼── Running: keeper, engine, shared state, log, refusals
 *     --service-health  service-health ── service-counts ┘
 *
 * The first two are an ops-server (routes, bounded requests) on a bounded-server (node:http); the third answers byte for byte
 * as Go's server does (health-connection). All of them bound what a stranger can hold by connection-places.
 *
 * A default address that is in use is a warning. An address from the configuration that is in use is a `StartError`; then
 * none stays open.
 */
export async function startOpsServers(running: Running): Promise<OpsServers> {
  const { metrics: metricsAt, admin: adminAt, serviceHealth: healthAt } = running.config.process;
  const metrics = createMetrics(scrapeInput(running));
  const servers: OpsServer[] = [];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const open = async (option: string, at: OpsAddress, create: (address: ParsedAddress) => OpsServer) => {
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
