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
import { type Binding, bothFamilies, ownerOnly } from './listen.ts';
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
  /** What `start` asks the process's sockets for. */
  readonly requests: readonly { readonly name: string; readonly listen: ParsedAddress }[];
  /** What they listen on; not what Node has bound for them. */
  sockets(): readonly HeldSocket[];
  /**
   * Opens the addresses. One that is in use is tried again until it is free if it is a default, with `--reuse-port`, and if the
   * start is `patient`. Any other that the configuration asks for and that cannot be opened is a `StartError`, unless the start
   * is patient; then none stays open.
   */
  start(patient: boolean): Promise<void>;
  /**
   * Closes those of TCP for good, for the process that shares the ports of the listeners: it opens them next. A unix socket
   * stays, since its path is this process's own.
   */
  giveUp(): Promise<void>;
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
 * one takes the place of. An address from the configuration that is in use is a `StartError`, unless the start is patient, or the
 * process before this one may have it (`--reuse-port`). These addresses are never shared: a probe would reach either process.
 */
export function createOpsServers(
  running: Running,
  clock: Clock,
  sockets: ListeningSockets | null,
): OpsServers {
  const { metrics: metricsAt, admin: adminAt, serviceHealth: healthAt, reusePort } = running.config.process;
  const opened = { metrics: null, admin: null, serviceHealth: null } as {
    -readonly [key in Key]: string | null;
  };
  const held = new Map<Key, HeldSocket>();
  const servers = new Map<Key, { readonly server: OpsServer; readonly kind: ParsedAddress['kind'] }>();
  const waits = new Set<() => void>();
  const attempts = new Set<Promise<void>>();
  /** Kinds of addresses that are not opened any more. */
  const over = new Set<ParsedAddress['kind']>();
  let closing = Promise.resolve();
  const close = (...kinds: readonly ParsedAddress['kind'][]) => {
    for (const kind of kinds) over.add(kind);
    for (const cancel of waits) cancel();
    waits.clear();
    closing = closing.then(closeOver);
    return closing;
  };
  const closeOver = async () => {
    await Promise.all(attempts);
    const leaving = [...servers].filter(([, { kind }]) => over.has(kind));
    for (const [key] of leaving) {
      servers.delete(key);
      opened[key] = null;
    }
    await Promise.all(leaving.map(([, { server }]) => server.stop()));
    for (const [key, { address }] of held) {
      if (!over.has(address.kind)) continue;
      sockets?.unlink(address);
      held.delete(key);
    }
  };
  const stop = () => close('tcp', 'unix');

  const bindingOf = (key: Key, address: ParsedAddress): Binding => ({
    ...(key === 'admin' && address.kind === 'unix' ? { around: ownerOnly(running.host, address.path) } : {}),
    ...(sockets === null ? {} : { open: (listen) => openSocket(key, listen, sockets) }),
  });
  const openSocket = (key: Key, listen: ParsedAddress, from: ListeningSockets) => {
    const { fds, address } = from.open({ name: OPTIONS[key], listen, keepaliveMs: 0, exclusive: true }, 1);
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
    if (over.has(address.kind)) {
      await server.stop();
      return;
    }
    servers.set(key, { server, kind: address.kind });
    opened[key] = bound;
    running.log.info({ address: bound }, `${OPTIONS[key]} is open`);
  };
  const openLater = (key: Key, address: ParsedAddress, create: CreateServer) => {
    const cancel = clock.after(RETRY_MS, () => {
      waits.delete(cancel);
      const attempt = open(key, address, create)
        .catch(() => {
          if (!over.has(address.kind)) openLater(key, address, create);
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
      const isInUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (asked && !patient && !(isInUse && reusePort)) throw new StartError('listen_failed', message, error);
      const advice = asked ? '' : `. Set ${option} to another address, or to none`;
      running.log.warn({}, `${message}; continuing without it${isInUse ? ' until it is free' : ''}${advice}`);
      if (isInUse) openLater(key, address, create);
    }
  };
  const start = async (patient: boolean) => {
    const metrics = createMetrics(scrapeInput(running));
    try {
      const state = probeState(running);
      const metricsAllow = running.gateway?.metricsAllow ?? null;
      await openFirst('metrics', metricsAt, patient, (address, binding) =>
        createMetricsServer({ address, binding, metrics, state, metricsAllow }),
      );
      await openFirst('admin', adminAt, patient, (address, binding) =>
        createAdminServer({ address, binding, state: adminState(running), probes: state }),
      );
      await openFirst('serviceHealth', healthAt, patient, (address, binding) =>
        createServiceHealthServer({ address, binding, state: serviceHealthState(running) }),
      );
    } catch (error) {
      await stop();
      throw error;
    }
  };
  const requests = (
    [
      ['metrics', metricsAt],
      ['admin', adminAt],
      ['serviceHealth', healthAt],
    ] as const
  ).flatMap(([key, { address }]) =>
    address === null ? [] : [{ name: OPTIONS[key], listen: bothFamilies(address) }],
  );
  return { opened, requests, sockets: () => [...held.values()], start, giveUp: () => close('tcp'), stop };
}
