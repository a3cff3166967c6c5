import { addressText } from '../address/address-text.ts';
import type { Config } from '../config/config.ts';
import { spelledOut } from '../config/config-error.ts';
import { isInCluster } from '../config/environment.ts';
import { workerThreads } from '../control/engine-kinds.ts';
import { createEngines, type Engines } from '../control/engines.ts';
import { foreignDialFrom } from '../control/foreign-dial-from.ts';
import { createHealthChecks } from '../control/health-checks.ts';
import { listenerFacts, type ReloadChanges, reloadChanges } from '../control/listener-log.ts';
import { sessionLimits } from '../control/listener-plan.ts';
import { ownAddresses, ownRangeWarnings } from '../control/own-range-warnings.ts';
import { PlanKeeper } from '../control/plan-keeper.ts';
import { RowTable } from '../control/row-table.ts';
import { createSourceMaker, type SourceMaker } from '../control/source-registry.ts';
import { WAITING_ROOM } from '../engine/main-thread/waiting-room.ts';
import { probeTcp } from '../health/probe-tcp.ts';
import { createAccessLog } from '../observe/access-log.ts';
import { createBusyWindow } from '../observe/busy-window.ts';
import { type Clock, realClock } from '../observe/clock.ts';
import type { Host } from '../observe/host.ts';
import { createLog, type Log } from '../observe/log.ts';
import { createRefusals } from '../observe/refusals.ts';
import { createSessionObserver } from '../observe/session-observer.ts';
import { answersInTime } from '../ops/answers-in-time.ts';
import { createEndpointWatch } from '../ops/endpoint-watch.ts';
import { servingThreads } from '../ops/metrics-view.ts';
import { startOpsServers } from '../ops/ops-servers.ts';
import { openSessions, type Running } from '../ops/ops-views.ts';
import { StartError } from '../plan/start-error.ts';
import { monotonicMs } from '../shared-memory/monotonic-clock.ts';
import { createSharedState } from '../shared-memory/shared-state.ts';
import { createHashKey } from '../shared-memory/sip-hash.ts';
import type { PassedSockets } from '../systemd/passed-sockets.ts';
import { createTransparentSupport } from '../transparent/transparent-support.ts';
import { defaultThreads, sessionCapacity } from './capacity.ts';
import { createDrain } from './drain.ts';
import { createListenTable, readPassedSockets } from './listen-table.ts';

/** A running Herald. */
export interface App {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** The ops addresses, with the ports that they really have; null if not open. */
  readonly metrics: string | null;
  readonly admin: string | null;
  readonly serviceHealth: string | null;
  readonly log: Log;
  /** Whether the main thread and every worker answer within the time that a probe has. */
  alive(): Promise<boolean>;
  /**
   * Applies another configuration. Listeners and pools that changed are replaced; sessions stay. Options of the process need
   * a restart, and a warning says so. Resolves with what changed. Rejects with a `StartError`; then nothing has changed.
   */
  reload(config: Config): Promise<ReloadChanges>;
  /** Records in the metrics that a reload failed before `reload` was called. */
  reloadFailed(): void;
  /** As on SIGTERM: stops accepting after `drainDelay`; ends once all sessions have ended, or after `drainTimeout`. */
  drain(): Promise<void>;
  /** Resets every session and closes everything at once. */
  stop(): Promise<void>;
  /** Resolves once everything is closed, whatever the cause. */
  readonly ended: Promise<void>;
}

/** The net engine's waiting room, or the epoll engine's pipes (256 with two descriptors each), whichever is more. */
const RESERVED_DESCRIPTORS = Math.max(WAITING_ROOM, 512);

/** Parts that tests replace. */
export interface AppParts {
  readonly maker?: SourceMaker;
  readonly clock?: Clock;
  /** Default: what systemd passed, by the environment. */
  readonly passed?: PassedSockets;
}

/** A capacity below this is probably a mistake in the limits of the host. */
const FEW_SESSIONS = 100;

/** How many clients without a session affinity may remember, besides the clients with one. */
const REMEMBERED_CLIENTS = 131_072;

/**
 * How many listeners there may be at once: one address has no more ports. Address space is reserved for their counters, at
 * most 1 KiB for each listener and thread; memory is used only by rows that a listener has had.
 */
const MOST_LISTENERS = 65_536;

/**
 * The composition root: builds everything from a configuration, starts it, and stops it in reverse order.
 *
 *     capacity ─▶ shared state ─▶ observer (log, refusals) ─▶ engines ─┐
 *                      └─────────▶ transparent support ────────────────┴▶ keeper ─▶ health checks, endpoint watch
 *     ops servers ◀── views of all of these
 *
 * `run-app.ts` adds signals and exit status for the command, `herald.ts` the library's face, `reload.ts` the configuration
 * file, `drain.ts` the order of the end. Rejects with a `StartError`, or with a `ConfigError` if the API of Kubernetes is
 * needed and there is no access to it; then nothing is left open.
 */
export async function startApp(config: Config, host: Host, parts: AppParts = {}): Promise<App> {
  const options = config.process;
  const log = createLog({
    level: options.logLevel,
    format: options.logFormat,
    stream: host.stdout,
    colour: host.stdout.isTTY === true && hasColours(host.env),
  });
  await warn(log, config, host);
  for (const remark of config.remarks) log.debug({}, remark);

  const table = createListenTable(parts.passed ?? (await readPassedSockets(host)));
  const resolved = table.resolve(config);
  table.warnOfUnused(config, log);

  const threads = options.threads ?? defaultThreads();
  const capacity = sessionCapacity(RESERVED_DESCRIPTORS);
  if (capacity < FEW_SESSIONS) {
    log.warn(
      { capacity },
      'few sessions are possible: raise the limit of open files, or the memory limit of the container',
    );
  }
  const state = createSharedState({
    workers: workerThreads(options.engine, threads),
    listeners: config.listeners.length,
    mostListeners: MOST_LISTENERS,
    // A reload may add limits for clients, or affinity. An unused table takes no memory.
    clients: sessionLimits(config.listeners, capacity).reduce(
      (sum, limit) => sum + limit,
      REMEMBERED_CLIENTS,
    ),
    seed: createHashKey(),
  });
  const refusals = createRefusals(options.logClients);
  const sessions = createAccessLog({ log, mode: options.accessLog, clients: options.logClients });
  const observer = createSessionObserver({ log, sessions, refusals });
  const undo: (() => Promise<void> | void)[] = [() => observer.stop()];
  try {
    const engine = createEngines({
      preference: options.engine,
      platform: host.platform,
      threads,
      state,
      observer,
      logTlvs: options.logTlvs,
      started: (each) => {
        // What it carries passes through this thread's heap.
        if (each.threads === 0) host.growHeap?.();
      },
      warn: (message) => log.warn({}, message),
    });
    undo.unshift(() => engine.stop('stopped'));
    const transparent = createTransparentSupport(state, log);
    undo.unshift(() => transparent.stop());
    const clock = parts.clock ?? { ...realClock, now: monotonicMs };
    const keeper = new PlanKeeper({
      engine,
      rows: new RowTable(state),
      maker: parts.maker ?? createSourceMaker({ env: host.env, ...options }),
      log,
      clock,
      capacity,
      place: { node: options.nodeName, zone: options.zone },
      accessLog: options.accessLog,
      facts: ({ id }, listener) => listenerFacts(listener, engine.servedBy(id)),
      prepare: async (next) => {
        await engine.prepare(next);
        await transparent.ready(next);
      },
    });
    undo.unshift(() => keeper.stop());
    const checks = createHealthChecks({ probe: probeTcp, state, log, clock, random: Math.random });
    undo.unshift(() => checks.stop());
    const watch = createEndpointWatch(state, log, clock);
    undo.unshift(() => watch.stop());
    const busy = createBusyWindow(() => servingThreads(engine, state), clock);
    undo.unshift(() => busy.stop());
    keeper.applied = (listeners) => {
      checks.follow(listeners);
      watch.follow(listeners);
    };
    const running: Running = {
      config,
      host,
      state,
      engine,
      keeper,
      checks,
      log,
      observer,
      busy,
      refusals,
      now: monotonicMs,
      startedAt: monotonicMs(),
      phase: 'starting',
      reload: { successful: true, at: Date.now() / 1000 },
    };
    const ops = await startOpsServers(running, clock);
    undo.unshift(() => ops.stop());
    await keeper.apply(resolved);
    running.phase = 'serving';
    announce(running, engine);

    const ending = createDrain({
      delayMs: options.drainDelay,
      timeoutMs: options.drainTimeout,
      log,
      sessions: () => openSessions(running),
      engine,
      leaving: () => {
        running.phase = 'draining';
      },
      closed: () => {
        keeper.leave();
      },
      finish: async () => {
        observer.stop();
        transparent.stop();
        checks.stop();
        watch.stop();
        busy.stop();
        await Promise.all([ops.stop(), keeper.stop()]);
      },
    });
    return {
      get listeners() {
        return keeper.open.map(({ name, address }) => ({ name, address: addressText(address) }));
      },
      get metrics() {
        return ops.opened.metrics;
      },
      get admin() {
        return ops.opened.admin;
      },
      get serviceHealth() {
        return ops.opened.serviceHealth;
      },
      log,
      alive: () => answersInTime(engine.alive(), clock),
      reload: async (next) => {
        if (running.phase === 'draining')
          throw new StartError('leaving', 'Herald is draining; the configuration stays as it is');
        warnOfProcessOptions(log, config, next);
        await keeper.apply(table.resolve(next));
        const changes = reloadChanges(running.config, next);
        running.config = next;
        running.reload = { successful: true, at: Date.now() / 1000 };
        await warn(log, next, host);
        return changes;
      },
      reloadFailed: () => {
        running.reload = { ...running.reload, successful: false };
      },
      ...ending,
    };
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

/** What the environment says about the terminal. Without a TERM, as in a library, no colours are used. */
function hasColours({ NO_COLOR, TERM = 'dumb' }: Host['env']): boolean {
  return !NO_COLOR && TERM !== 'dumb';
}

/** Logs warnings about valid options: those of the configuration alone, and those that depend on this host. */
async function warn(log: Log, { warnings, listeners }: Config, { env }: Host): Promise<void> {
  const local = isInCluster(env) ? ownRangeWarnings(listeners, ownAddresses()) : [];
  const foreign = await foreignDialFrom(listeners);
  const some = [local, foreign].flatMap((lines) =>
    spelledOut(
      lines,
      () => 'addresses',
      String,
      (kind, more) => `and ${more} more warnings of ${kind}`,
    ),
  );
  for (const warning of [...warnings, ...some]) log.warn({}, warning);
}

function announce({ log, keeper }: Running, engines: Engines): void {
  for (const { id, name } of keeper.open) {
    const { engine, threads, why } = engines.servedBy(id);
    log.info({ listener: name, engine, ...(threads > 0 ? { threads } : {}) }, `served by ${engine}: ${why}`);
  }
}

/** Options of the process change only with a restart, so a reload that has others ignores them with a warning. */
function warnOfProcessOptions(log: Log, { process: now }: Config, { process: next }: Config): void {
  const keys = (Object.keys(now) as (keyof typeof now)[]).filter((key) => {
    return JSON.stringify(now[key]) !== JSON.stringify(next[key]);
  });
  if (keys.length > 0)
    log.warn({ options: keys }, 'options of the process changed; restart Herald to apply them');
}
