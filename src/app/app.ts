import { addressText } from '../address/address-text.ts';
import type { Config } from '../config/config.ts';
import { isInCluster } from '../config/environment.ts';
import { spelledOut } from '../config/spelled-out.ts';
import { createChecks } from '../control/checks.ts';
import { workerThreads } from '../control/engine-kinds.ts';
import { createEngines, type Engines } from '../control/engines.ts';
import { foreignSources } from '../control/foreign-sources.ts';
import { sessionLimits } from '../control/listener-plan.ts';
import { ownAddresses, ownRangeWarnings } from '../control/own-range-warnings.ts';
import { PlanKeeper } from '../control/plan-keeper.ts';
import { RowTable } from '../control/row-table.ts';
import { createSourceMaker, type SourceMaker } from '../control/source-maker.ts';
import { WAITING_ROOM } from '../engine/main-thread/waiting-room.ts';
import { probeTcp } from '../health/probe-tcp.ts';
import { createAccessLog } from '../observe/access-log.ts';
import { createBusyWindow } from '../observe/busy-window.ts';
import { realClock } from '../observe/clock.ts';
import type { Host } from '../observe/host.ts';
import { createLog, type Log } from '../observe/log.ts';
import { createRefusals } from '../observe/refusals.ts';
import { createSessionObserver } from '../observe/session-observer.ts';
import { createEndpointWatch } from '../ops/endpoint-watch.ts';
import { startOpsServers } from '../ops/ops-servers.ts';
import type { Running } from '../ops/ops-views.ts';
import { servingThreads } from '../ops/worker-times.ts';
import { StartError } from '../plan/start-error.ts';
import { monotonicMs } from '../shared-memory/monotonic-clock.ts';
import { createSharedState } from '../shared-memory/shared-state.ts';
import { createHashKey } from '../shared-memory/sip-hash.ts';
import { createTransparentSupport } from '../transparent/transparent-support.ts';
import { sessionCapacity } from './capacity.ts';
import { createDrain } from './drain.ts';
import { listenerFacts } from './listener-facts.ts';
import { defaultThreads } from './processors.ts';
import { type ReloadChanges, reloadChanges } from './reload-changes.ts';

/** A Herald that runs. */
export interface App {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** Where the machines' addresses are open, with the port that they really have; null where they are not. */
  readonly metrics: string | null;
  readonly admin: string | null;
  readonly serviceHealth: string | null;
  readonly log: Log;
  /**
   * Takes another configuration: listeners and pools that changed are swapped, sessions stay. Options of the
   * process need a restart, and a warning says so. Resolves with what changed; rejects with a `StartError`, and then
   * nothing has.
   */
  reload(config: Config): Promise<ReloadChanges>;
  /** A configuration that was to be taken was wrong: metrics say so. */
  reloadFailed(): void;
  /** As SIGTERM: stops accepting after `drainDelay`, ends when the sessions have, or after `drainTimeout`. */
  drain(): Promise<void>;
  /** Resets every session and closes everything, at once. */
  stop(): Promise<void>;
  /** Resolves when everything is closed, however it came to that. */
  readonly ended: Promise<void>;
}

/** The net engine's waiting room, or the epoll engine's pipes (256 of two descriptors each): they are about the same. */
const RESERVED_DESCRIPTORS = Math.max(WAITING_ROOM, 512);

/** Fewer sessions than this are hardly what somebody wants. */
const FEW_SESSIONS = 100;

/** Clients without a session that affinity may remember, besides those that have one. */
const REMEMBERED_CLIENTS = 131_072;

/**
 * Listeners that there may be at once: one address has no more ports. Addresses are reserved for their counters, at most 1 KiB
 * each for every thread; memory is only taken by rows that a listener has had.
 */
const MOST_LISTENERS = 65_536;

/**
 * Builds everything from a configuration and starts it. Rejects with a `StartError`, or a `ConfigError` where there
 * is no way to the API of Kubernetes, and then nothing is left open. `maker` stands in for the sources in tests.
 */
export async function startApp(config: Config, host: Host, maker?: SourceMaker): Promise<App> {
  const options = config.process;
  const log = createLog({
    level: options.logLevel,
    format: options.logFormat,
    stream: host.stdout,
    colour: host.stdout.isTTY === true && takesColours(host.env),
  });
  await warn(log, config, host);
  for (const remark of config.remarks) log.debug({}, remark);

  const threads = options.threads ?? defaultThreads();
  const capacity = sessionCapacity(RESERVED_DESCRIPTORS);
  if (capacity < FEW_SESSIONS) {
    log.warn(
      { capacity },
      'descriptors or memory leave room for few sessions: raise the limit of open files, or memory.max',
    );
  }
  const state = createSharedState({
    workers: workerThreads(options.engine, threads),
    listeners: config.listeners.length,
    mostListeners: MOST_LISTENERS,
    // A reload may bring limits for clients, or affinity; a table that nobody uses costs no memory.
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
    const clock = { ...realClock, now: monotonicMs };
    const keeper = new PlanKeeper({
      engine,
      rows: new RowTable(state),
      maker: maker ?? createSourceMaker({ env: host.env, ...options }),
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
    const checks = createChecks({ probe: probeTcp, state, log, clock, random: Math.random });
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
    const machines = await startOpsServers(running);
    undo.unshift(() => machines.stop());
    await keeper.take(config);
    running.phase = 'serving';
    announce(running, engine);

    const closing = createDrain({
      delayMs: options.drainDelay,
      timeoutMs: options.drainTimeout,
      log,
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
        await Promise.all([machines.stop(), keeper.stop()]);
      },
    });
    return {
      get listeners() {
        return keeper.open.map(({ name, address }) => ({ name, address: addressText(address) }));
      },
      metrics: machines.metrics,
      admin: machines.admin,
      serviceHealth: machines.serviceHealth,
      log,
      reload: async (next) => {
        if (running.phase === 'draining')
          throw new StartError('leaving', 'Herald is draining: the configuration stays as it is');
        warnOfProcessOptions(log, config, next);
        await keeper.take(next);
        const changes = reloadChanges(running.config, next);
        running.config = next;
        running.reload = { successful: true, at: Date.now() / 1000 };
        await warn(log, next, host);
        return changes;
      },
      reloadFailed: () => {
        running.reload = { ...running.reload, successful: false };
      },
      ...closing,
    };
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

/** By what the environment says of the terminal; a library that was not told takes none for granted. */
function takesColours({ NO_COLOR, TERM = 'dumb' }: Host['env']): boolean {
  return !NO_COLOR && TERM !== 'dumb';
}

/** What is allowed, but deserves a word: of the configuration, and of it where this process runs. */
async function warn(log: Log, { warnings, listeners }: Config, { env }: Host): Promise<void> {
  const local = isInCluster(env) ? ownRangeWarnings(listeners, ownAddresses()) : [];
  const foreign = await foreignSources(listeners);
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

/** What only a restart can change is said, and not half done. */
function warnOfProcessOptions(log: Log, { process: now }: Config, { process: next }: Config): void {
  const keys = (Object.keys(now) as (keyof typeof now)[]).filter((key) => {
    return JSON.stringify(now[key]) !== JSON.stringify(next[key]);
  });
  if (keys.length > 0) log.warn({ options: keys }, 'options of the process changed: they need a restart');
}
