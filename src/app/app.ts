import { randomBytes, randomInt } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { WAITING_ROOM } from '../engine/net/listener.ts';
import { createNetEngine } from '../engine/net/net-engine.ts';
import { createAccessLog } from '../observe/access-log.ts';
import { createLog, type Log } from '../observe/log.ts';
import { createRefusals } from '../observe/refusals.ts';
import { createSessionObserver } from '../observe/session-observer.ts';
import { monotonicMs } from '../proxy/clock.ts';
import type { OpenListener } from '../proxy/engine.ts';
import { createSharedState } from '../proxy/shared-state.ts';
import { StartError } from '../proxy/start-error.ts';
import { sessionCapacity } from './capacity.ts';
import { createDrain } from './drain.ts';
import type { Host } from './host.ts';
import type { Running } from './machine-states.ts';
import { startMachines } from './machines.ts';
import { addressText, planOf } from './plan-of.ts';
import { removeStaleSocket } from './stale-socket.ts';

/** A Herald that runs. */
export interface App {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** Where the machines' addresses are open, with the port that they really have; null where they are not. */
  readonly metrics: string | null;
  readonly admin: string | null;
  /** As SIGTERM: stops accepting after `drainDelay`, ends when the sessions have, or after `drainTimeout`. */
  drain(): Promise<void>;
  /** Resets every session and closes everything, at once. */
  stop(): Promise<void>;
  /** Resolves when everything is closed, however it came to that. */
  readonly ended: Promise<void>;
}

/** Builds everything from a configuration and starts it. Rejects with a `StartError`, and then nothing is left open. */
export async function startApp(config: Config, host: Host): Promise<App> {
  const options = config.process;
  const log = await createLog({ level: options.logLevel, format: options.logFormat, stream: host.stdout });
  for (const warning of config.warnings) log.warn({}, warning);
  for (const remark of config.remarks) log.debug({}, remark);

  const plan = planOf(config, sessionCapacity(WAITING_ROOM));
  const perClient = config.listeners.filter(({ maxSessionsPerClient }) => maxSessionsPerClient > 0);
  const state = createSharedState({
    workers: 1,
    listeners: plan.listeners.length,
    clients:
      perClient.length === 0 ? 0 : plan.listeners.reduce((sum, { limits }) => sum + limits.maxSessions, 0),
    seed: randomInt(2 ** 31),
  });
  const refusals = createRefusals(options.logClients);
  const sessions = createAccessLog({ log, mode: options.accessLog, clients: options.logClients });
  const observer = createSessionObserver({ log, sessions, refusals });
  const engine = createNetEngine({
    state,
    worker: 0,
    observer,
    idPrefix: randomBytes(6).toString('hex'),
    logTlvs: options.logTlvs,
    now: monotonicMs,
    random: Math.random,
  });

  let open: readonly OpenListener[] = [];
  let phase: ReturnType<Running['phase']> = 'starting';
  const running: Running = {
    config,
    host,
    plan,
    state,
    engine,
    log,
    observer,
    refusals,
    now: monotonicMs,
    startedAt: monotonicMs(),
    open: () => open,
    phase: () => phase,
  };

  const machines = await startMachines(running).catch((error: unknown) => {
    observer.stop();
    throw error;
  });
  try {
    for (const { listen } of plan.listeners) if (listen.kind === 'unix') await removeStaleSocket(listen.path);
    open = await engine.apply(plan);
  } catch (error) {
    await machines.stop();
    observer.stop();
    throw error;
  }
  phase = 'serving';
  const listeners = open.map(({ name, address }) => ({ name, address: addressText(address) }));
  announce(log, listeners);

  const closing = createDrain({
    delayMs: options.drainDelay,
    timeoutMs: options.drainTimeout,
    log,
    engine,
    leaving: () => {
      phase = 'draining';
    },
    closed: () => {
      open = [];
    },
    finish: async () => {
      observer.stop();
      await machines.stop();
    },
  });
  return { listeners, metrics: machines.metrics, admin: machines.admin, ...closing };
}

/** Starts, serves until a signal ends it, and returns the exit status. */
export async function runApp(config: Config, host: Host): Promise<number> {
  let app: App | null = null;
  let asked = 0;
  const obey = () => {
    if (app !== null && asked > 0) void (asked > 1 ? app.stop() : app.drain());
  };
  const onSignal = () => {
    asked++;
    obey();
  };
  // Heard before anything is open: whoever reads `listening` may signal at once, and in a container, where
  // Herald is process 1, a signal that nobody hears yet is lost.
  const off = [host.onSignal('SIGTERM', onSignal), host.onSignal('SIGINT', onSignal)];
  try {
    app = await startApp(config, host);
    obey();
    await app.ended;
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    host.stderr.write(`herald: ${error.message}\n`);
    return 1;
  } finally {
    for (const stop of off) stop();
  }
}

function announce(log: Log, listeners: App['listeners']): void {
  for (const { name, address } of listeners) log.info({ listener: name, address }, 'listening');
}
