import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { OpsAddress } from '../config/config.ts';
import type { ListeningSockets } from '../listening/listening-sockets.ts';
import { removeStaleSocket } from '../listening/stale-socket.ts';
import type { Clock } from '../observe/clock.ts';
import { createMetrics } from '../observe/metrics.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import { cannotListen } from '../plan/listen-error.ts';
import { StartError } from '../plan/start-error.ts';
import { createAdminServer } from './admin-server.ts';
import { type Binding, ownerOnly } from './listen.ts';
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
  /** What they listen on; not what Node has bound for them. */
  sockets(): readonly HeldSocket[];
  /**
   * Opens the addresses. `patient`: one that is in use is tried again until it is free, also if the configuration asks for it.
   * Rejects with a `StartError`; then none stays open.
   */
  start(patient: boolean): Promise<void>;
  stop(): Promise<void>;
}

type Key = 'metrics' | 'admin' | 'serviceHealth';
type CreateServer = (address: ParsedAddress, binding: Binding) => OpsServer;

const OPTIONS = { metrics: '--metrics', admin: '--admin', serviceHealth: '--service-health' } as const;

/**
 * Serves `--metrics`, `--admin` and `--service-health`:
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
 * one takes the place of. An address from the configuration that is in use is a `StartError`, unless the start is patient.
 */
export function createOpsServers(
  running: Running,
  clock: Clock,
  sockets: ListeningSockets | null,
): OpsServers {
  const { metrics: metricsAt, admin: adminAt, serviceHealth: healthAt } = running.config.process;
  const opened = { metrics: null, admin: null, serviceHealth: null } as {
    -readonly [key in Key]: string | null;
  };
  const held = new Map<Key, HeldSocket>();
  const servers: OpsServer[] = [];
  const waits = new Set<() => void>();
  const attempts = new Set<Promise<void>>();
  let isStopped = false;
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= stopAll();
    return stopping;
  };
  const stopAll = async () => {
    isStopped = true;
    for (const cancel of waits) cancel();
    await Promise.all(attempts);
    await Promise.all(servers.map((server) => server.stop()));
    for (const { address } of held.values()) sockets?.unlink(address);
    held.clear();
  };

  const bindingOf = (key: Key, address: ParsedAddress): Binding => ({
    ...(key === 'admin' && address.kind === 'unix' ? { around: ownerOnly(running.host, address.path) } : {}),
    ...(sockets === null ? {} : { open: (listen) => openSocket(key, listen, sockets) }),
  });
  const openSocket = (key: Key, listen: ParsedAddress, from: ListeningSockets) => {
    const { fds, address } = from.open({ name: OPTIONS[key], listen, keepaliveMs: 0 }, 1);
    const fd = fds[0]!;
    held.set(key, { name: OPTIONS[key], address, worker: 0, fd });
    return { fd, address };
  };
  /** Rejects if the address cannot be opened. */
  const open = async (key: Key, address: ParsedAddress, create: CreateServer) => {
    const isHere = sockets?.has({ name: OPTIONS[key], listen: address }) === true;
    if (address.kind === 'unix' && !isHere) await removeStaleSocket(address.path);
    const server = create(address, bindingOf(key, address));
    const bound = addressText(await server.start());
    servers.push(server);
    if (isStopped) {
      await server.stop();
      return;
    }
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
  const openFirst = async (
    key: Key,
    { address, asked }: OpsAddress,
    patient: boolean,
    create: CreateServer,
  ) => {
    if (address === null) return;
    try {
      await open(key, address, create);
    } catch (error) {
      const option = OPTIONS[key];
      const message = cannotListen(option, address, error);
      if (asked && !patient) throw new StartError('listen_failed', message, error);
      const advice = `Set ${option} to another address, or to none`;
      running.log.warn({}, `${message}; continuing without it until it is free. ${advice}`);
      openLater(key, address, create);
    }
  };
  const start = async (patient: boolean) => {
    const metrics = createMetrics(scrapeInput(running));
    try {
      const state = probeState(running);
      await openFirst('metrics', metricsAt, patient, (address, binding) =>
        createMetricsServer({ address, binding, metrics, state }),
      );
      await openFirst('admin', adminAt, patient, (address, binding) =>
        createAdminServer({ address, binding, state: adminState(running) }),
      );
      await openFirst('serviceHealth', healthAt, patient, (address, binding) =>
        createServiceHealthServer({ address, binding, state: serviceHealthState(running) }),
      );
    } catch (error) {
      await stop();
      throw error;
    }
  };
  return { opened, sockets: () => [...held.values()], start, stop };
}
