import { addressText } from '../address/address-text.ts';
import type { Config } from '../config/config.ts';
import { createEngines } from '../control/engines.ts';
import { createHealthChecks } from '../control/health-checks.ts';
import { listenerFacts, type ReloadChanges, reloadChanges } from '../control/listener-log.ts';
import { PlanKeeper } from '../control/plan-keeper.ts';
import { RowTable } from '../control/row-table.ts';
import { createSourceMaker, type SourceMaker } from '../control/source-registry.ts';
import { probeTcp } from '../health/probe-tcp.ts';
import type { ListeningSockets } from '../listening/listening-sockets.ts';
import { createAccessLog } from '../observe/access-log.ts';
import { createBusyWindow } from '../observe/busy-window.ts';
import { type Clock, realClock } from '../observe/clock.ts';
import type { Host } from '../observe/host.ts';
import type { Log } from '../observe/log.ts';
import { createRefusals } from '../observe/refusals.ts';
import { createSessionObserver } from '../observe/session-observer.ts';
import { answersInTime } from '../ops/answers-in-time.ts';
import { createEndpointWatch } from '../ops/endpoint-watch.ts';
import { servingThreads } from '../ops/metrics-view.ts';
import { createOpsServers } from '../ops/ops-servers.ts';
import { openSessions, type Running } from '../ops/ops-views.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import { StartError } from '../plan/start-error.ts';
import { monotonicMs } from '../shared-memory/monotonic-clock.ts';
import { createTransparentSupport } from '../transparent/transparent-support.ts';
import { announce, createAppLog, warnOfConfig, warnOfProcessOptions } from './app-log.ts';
import { createState } from './create-state.ts';
import { createDrain } from './drain.ts';
import { followGateway } from './follow-gateway.ts';
import type { Gateway } from './gateway.ts';
import { createListenTable, type ListenTable } from './listen-table.ts';
import { reserveListeners } from './load-sockets.ts';
import { createNodeEcho } from './node-echo.ts';

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
  /** From the first sign of a drain. */
  readonly isDraining: boolean;
  /** What this process listens on, for whoever succeeds it; not what Node has bound. */
  sockets(): readonly HeldSocket[];
  /** A successor has all sockets: the ops addresses close, and no path of a unix socket is removed from now on. */
  handOver(): void;
  /** As `drain`, without its delay: another process accepts the clients. */
  leave(): Promise<void>;
  /** The process before has handed over: the ops addresses open, each as soon as it is free. */
  succeed(): Promise<void>;
}

/** Parts that tests replace. */
export interface AppParts {
  readonly maker?: SourceMaker;
  readonly clock?: Clock;
  /** What this process listens on; without it an engine binds for itself, or Node does. */
  readonly sockets?: ListeningSockets | null;
  /**
   * True if another process serves until this one is ready: clients are accepted only once nothing can fail any more, and
   * ops addresses are opened by `succeed`.
   */
  readonly isSuccessor?: boolean;
  /** What `systemd:NAME` stands for. Default: nothing was passed. */
  readonly table?: ListenTable;
  /** Where listeners come from instead of the configuration, once the ops addresses are open. */
  readonly gateway?: Gateway | null;
}

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
  const log = createAppLog(options, host);
  await warnOfConfig(log, config, host);
  for (const remark of config.remarks) log.debug({}, remark);

  const { sockets = null, isSuccessor = false, table = createListenTable(), gateway = null } = parts;
  const resolved = table.resolve(config);
  table.warnOfUnused(config, log);
  const { listenerShare = null } = gateway ?? {};
  const { state, threads, capacity, mostListeners } = createState(config, listenerShare, log);
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
      sockets,
      started: (each) => {
        // What it carries passes through this thread's heap.
        if (each.threads === 0) host.growHeap?.();
      },
      warn: (message) => log.warn({}, message),
    });
    undo.unshift(() => engine.stop('stopped'));
    const clock = parts.clock ?? { ...realClock, now: monotonicMs };
    const maker = parts.maker ?? gateway?.maker ?? createSourceMaker({ env: host.env, ...options });
    const echoes = createNodeEcho(options.nodeEcho, { maker, log, clock });
    const transparent = createTransparentSupport(state, { log, clock, node: options.nodeName, echoes });
    transparent.reach.changed(() => keeper.reachChanged());
    const keeper = new PlanKeeper({
      engine,
      rows: new RowTable(state),
      maker,
      log,
      clock,
      capacity,
      listenerShare,
      mostListeners,
      place: { node: options.nodeName, zone: options.zone },
      reach: transparent.reach,
      accessLog: options.accessLog,
      needsAnswers: isSuccessor,
      isHeld: (plan) => sockets?.has(plan) === true,
      facts: ({ id }, listener) => listenerFacts(listener, engine.servedBy(id)),
      prepare: async (next) => {
        await engine.prepare(next);
        await transparent.ready(next);
        if (isSuccessor && running.phase === 'starting') reserveListeners(sockets, next);
      },
    });
    undo.unshift(() => keeper.stop());
    // Before the keeper, which closes what sources share.
    undo.unshift(() => transparent.stop());
    const checks = createHealthChecks({ probe: probeTcp, state, log, clock, random: Math.random });
    undo.unshift(() => checks.stop());
    const watch = createEndpointWatch(state, log, clock);
    undo.unshift(() => watch.stop());
    const busy = createBusyWindow(() => servingThreads(engine, state), clock);
    undo.unshift(() => busy.stop());
    keeper.applied = (listeners) => {
      checks.follow(listeners);
      watch.follow(listeners);
      transparent.follow(listeners);
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
      isSucceeded: false,
      gateway,
      presents: transparent.presents,
      reload: { successful: true, at: Date.now() / 1000 },
    };
    const ops = createOpsServers(running, clock, sockets);
    undo.unshift(() => ops.stop());
    if (!isSuccessor) await ops.start(false);
    const serve = () => {
      sockets?.closeRest(ops.requests);
      running.phase = 'serving';
      announce(running, engine);
    };
    if (gateway === null) {
      await keeper.apply(resolved);
      serve();
    } else {
      // Other nodes ask for it before a listener here needs it.
      void transparent.prove();
      await followGateway(keeper, gateway, {
        clock,
        isSuccessor,
        capability: transparent.reach,
        isStarting: () => running.phase === 'starting',
        serve,
      });
    }

    const held = () => [...engine.sockets(), ...ops.sockets(), ...(sockets?.passed ?? [])];
    const ending = createDrain({
      pid: host.pid,
      timeoutMs: options.drainTimeout,
      log,
      sessions: () => openSessions(running),
      engine,
      leaving: (isTakenOver) => {
        running.phase = 'draining';
        gateway?.leave(isTakenOver);
        if (options.reusePort) void ops.giveUp();
      },
      closed: () => {
        keeper.leave();
      },
      finish: async () => {
        observer.stop();
        checks.stop();
        watch.stop();
        busy.stop();
        await transparent.stop();
        await Promise.all([ops.stop(), keeper.stop()]);
        await gateway?.closed();
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
        await warnOfConfig(log, next, host);
        return changes;
      },
      reloadFailed: () => {
        running.reload = { ...running.reload, successful: false };
      },
      get isDraining() {
        return running.phase === 'draining';
      },
      sockets: held,
      handOver: () => {
        sockets?.lend(held());
        running.isSucceeded = true;
        // Requests that have begun are answered while the successor opens the addresses.
        void ops.stop();
      },
      leave: () => ending.drain(0, true),
      succeed: async () => {
        sockets?.own();
        await ops.start(true);
        sockets?.closeRest();
      },
      drain: () => ending.drain(options.drainDelay),
      stop: ending.stop,
      ended: ending.ended,
    };
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}
