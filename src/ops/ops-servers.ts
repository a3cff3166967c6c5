import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { OpsAddress } from '../config/config.ts';
import { removeStaleSocket } from '../listening/stale-socket.ts';
import type { Clock } from '../observe/clock.ts';
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

/** How often a default address that is in use is tried again. */
const RETRY_MS = 1000;

export interface OpsServers {
  /** The addresses, with the ports that they really have; null while one is not open. */
  readonly opened: { readonly [key in Key]: string | null };
  stop(): Promise<void>;
}

type Key = 'metrics' | 'admin' | 'serviceHealth';
type CreateServer = (address: ParsedAddress) => OpsServer;

const OPTIONS = { metrics: '--metrics', admin: '--admin', serviceHealth: '--service-health' } as const;

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
 * A default address that is in use is a warning, and is tried again until it is free: it may be that of another Herald, which this
 * one takes the place of. An address from the configuration that is in use is a `StartError`; then none stays open.
 */
export async function startOpsServers(running: Running, clock: Clock): Promise<OpsServers> {
  const { metrics: metricsAt, admin: adminAt, serviceHealth: healthAt } = running.config.process;
  const metrics = createMetrics(scrapeInput(running));
  const opened = { metrics: null, admin: null, serviceHealth: null } as {
    -readonly [key in Key]: string | null;
  };
  const servers: OpsServer[] = [];
  const waits = new Set<() => void>();
  const attempts = new Set<Promise<void>>();
  let isStopped = false;
  const stop = async () => {
    isStopped = true;
    for (const cancel of waits) cancel();
    await Promise.all(attempts);
    await Promise.all(servers.map((server) => server.stop()));
  };

  /** Rejects if the address cannot be opened. */
  const open = async (key: Key, address: ParsedAddress, create: CreateServer) => {
    if (address.kind === 'unix') await removeStaleSocket(address.path);
    const server = create(address);
    const bound = addressText(await server.start());
    if (isStopped) {
      await server.stop();
      return;
    }
    servers.push(server);
    opened[key] = bound;
    running.log.info({ address: bound }, `${OPTIONS[key]} is open`);
  };
  const openLater = (key: Key, address: ParsedAddress, create: CreateServer) => {
    const cancel = clock.after(RETRY_MS, () => {
      waits.delete(cancel);
      const attempt = open(key, address, create)
        .catch(() => {
          if (!isStopped) openLater(key, address, create);
        })
        .finally(() => attempts.delete(attempt));
      attempts.add(attempt);
    });
    waits.add(cancel);
  };
  const openFirst = async (key: Key, { address, asked }: OpsAddress, create: CreateServer) => {
    if (address === null) return;
    try {
      await open(key, address, create);
    } catch (error) {
      const option = OPTIONS[key];
      const message = cannotListen(option, address, error);
      if (asked) throw new StartError('listen_failed', message, error);
      const advice = `Set ${option} to another address, or to none`;
      running.log.warn({}, `${message}; continuing without it until it is free. ${advice}`);
      openLater(key, address, create);
    }
  };
  try {
    const state = probeState(running);
    await openFirst('metrics', metricsAt, (address) => createMetricsServer({ address, metrics, state }));
    await openFirst('admin', adminAt, (address) =>
      createAdminServer({
        address,
        state: adminState(running),
        ...(address.kind === 'unix' ? { around: ownerOnly(running.host, address.path) } : {}),
      }),
    );
    await openFirst('serviceHealth', healthAt, (address) =>
      createServiceHealthServer({ address, state: serviceHealthState(running) }),
    );
    return { opened, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
