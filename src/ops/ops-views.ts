import { addressText } from '../address/address-text.ts';
import type { IpSet } from '../address/ip-set.ts';
import type { Config } from '../config/config.ts';
import type { HealthChecks } from '../control/health-checks.ts';
import type { KeptListener } from '../control/kept-listener.ts';
import type { PlanKeeper } from '../control/plan-keeper.ts';
import { Pool } from '../endpoints/pool.ts';
import type { BusyWindow } from '../observe/busy-window.ts';
import type { Host } from '../observe/host.ts';
import type { Log } from '../observe/log.ts';
import type { Refusals } from '../observe/refusals.ts';
import type { GatewayFacts, NodePresents } from '../observe/scrape-input.ts';
import type { LoggingObserver } from '../observe/session-observer.ts';
import { CLOSE_REASONS, REASON_NAMES } from '../plan/close-reason.ts';
import type { Engine } from '../plan/engine.ts';
import type { ListenAddress, ListenerPlan } from '../plan/plan.ts';
import { COUNTER, REASON_AT } from '../shared-memory/counters.ts';
import { failedSessions, lastFailure } from '../shared-memory/session-failures.ts';
import { type SharedState, sumCounters } from '../shared-memory/shared-state.ts';
import {
  type AdminState,
  type FailureNote,
  failureNote,
  type ListenerStatus,
  type ProbeState,
  type Status,
} from './ops-state.ts';
import { poolStatus } from './pool-status.ts';
import type { ConnectionLookup } from './reached.ts';
import { serviceCounts } from './service-counts.ts';
import type { ServiceHealthState } from './service-health.ts';

/** What `herald gateway` adds to a running Herald. */
export interface RunningGateway {
  /** From 0 to 1: the part of all sessions that one listener may have. */
  readonly listenerShare: number;
  /** Who may read `/metrics` besides loopback, now: metrics name the objects of all tenants. */
  readonly metricsAllow: () => IpSet;
  readonly facts: GatewayFacts;
  /** Whether this machine has a TCP connection, for other instances that ask. */
  readonly lookUp: ConnectionLookup;
}

/** The parts of the running program that the views of probes, metrics and operators read. */
export interface Running {
  readonly host: Host;
  readonly state: SharedState;
  readonly engine: Engine;
  readonly keeper: PlanKeeper;
  readonly checks: HealthChecks;
  readonly log: Log;
  readonly observer: LoggingObserver;
  readonly busy: BusyWindow;
  readonly refusals: Refusals;
  readonly now: () => number;
  readonly startedAt: number;
  /** The configuration in force. A reload replaces it. */
  config: Config;
  phase: 'starting' | 'serving' | 'draining';
  /** A successor has taken over. Requests that had begun here are answered for the service, which goes on. */
  isSucceeded: boolean;
  /** null: listeners come from flags or a file. */
  readonly gateway: RunningGateway | null;
  /** Whether this node presents clients to its endpoints (`transparent`). */
  readonly presents: () => readonly NodePresents[];
  /** Whether the last reload (or the start) succeeded, and when the last successful one was, in seconds since 1970. */
  reload: { readonly successful: boolean; readonly at: number };
}

/** The view of the probes on `--metrics`. */
export function probeState(running: Running): ProbeState {
  const { keeper } = running;
  return {
    mayBeEmpty: running.gateway !== null,
    opened: () => running.phase !== 'starting',
    started: () => running.phase !== 'starting' && keeper.answered,
    listenersOpen: () => {
      const open = new Set(keeper.open.map(({ id }) => id));
      const isOpen = (id: number) => running.isSucceeded || open.has(id);
      return keeper.listeners.map(({ plan: { id, name } }) => ({ name, open: isOpen(id) }));
    },
    draining: () => phaseOf(running) === 'draining',
    // The threads of a process that has been succeeded end while the last requests are answered.
    alive: async () => (await running.engine.alive()) || running.isSucceeded,
  };
}

/** The view of `--service-health`. */
export function serviceHealthState(running: Running): ServiceHealthState {
  const { keeper } = running;
  return {
    services: () => serviceCounts(keeper.listeners, keeper.place.node, keeper.namespace),
    serving: () => phaseOf(running) === 'serving',
    isShared: running.gateway !== null,
  };
}

/** The view of `--admin`. */
export function adminState(running: Running): AdminState {
  const { engine, keeper, refusals, log, state, now } = running;
  return {
    status: () => status(running),
    endpoints: () => {
      return keeper.listeners.map((listener) => {
        const pool = watchPool(listener.plan, state);
        return poolStatus(listener, keeper.place, pool, state, now());
      });
    },
    sessions: (limit) => engine.sessions(limit),
    refused: () => refusals.list(),
    failed: () => {
      const each = status(running).listeners.filter(({ failed }) => failed > 0);
      const last = each
        .flatMap(({ lastError }) => lastError ?? [])
        .sort((a, b) => b.ms - a.ms)
        .at(-1);
      return { sessions: each.reduce((sum, { failed }) => sum + failed, 0), lastError: last ?? null };
    },
    config: () => running.config.written,
    setLogLevel: (level) => log.setLevel(level),
  };
}

/** The phase of the service. */
function phaseOf({ phase, isSucceeded }: Running): Running['phase'] {
  return isSucceeded ? 'serving' : phase;
}

/** The open sessions of all listeners, also of those that have vanished. */
export function openSessions({ keeper, state }: Running): number {
  return [...keeper.listeners.map(({ plan }) => plan), ...keeper.gone].reduce((sum, { id }) => {
    const counters = sumCounters(state, id);
    return sum + counters[COUNTER.opened]! - counters[COUNTER.ended]!;
  }, 0);
}

function status(running: Running): Status {
  const { host, engine, keeper, now, startedAt } = running;
  const presents = running.presents();
  const hops = running.gateway?.facts.hops() ?? null;
  const open = new Map(keeper.open.map(({ id, address }) => [id, address]));
  return {
    version: host.version,
    pid: host.pid,
    uptimeSeconds: Math.round((now() - startedAt) / 1000),
    state: phaseOf(running),
    engine: engine.name,
    ...(presents.length === 0 ? {} : { presents }),
    ...(hops === null ? {} : { hops }),
    listeners: keeper.listeners.map((kept) => listenerStatus(running, kept, open.get(kept.plan.id))),
  };
}

/** `bound`: the address that it really listens on, if it is open. */
function listenerStatus(
  running: Running,
  { plan, options }: KeptListener,
  bound?: ListenAddress,
): ListenerStatus {
  const { state } = running;
  const counters = sumCounters(state, plan.id);
  const refused = REASON_NAMES.reduce((sum, reason, index) => {
    return 'refused' in CLOSE_REASONS[reason] ? sum + counters[REASON_AT + index]! : sum;
  }, 0);
  return {
    name: plan.name,
    object: options.object,
    address: addressText(bound ?? plan.listen),
    present: plan.presentation.form,
    expect: plan.admission.acceptProxy,
    sessions: counters[COUNTER.opened]! - counters[COUNTER.ended]!,
    limit: plan.limits.maxSessions,
    opened: counters[COUNTER.opened]!,
    refused,
    failed: failedSessions(counters),
    lastError: lastError(running, plan.id),
    ...sharesOf(plan),
  };
}

function sharesOf({ snapshot: { groups } }: ListenerPlan): Pick<ListenerStatus, 'shares'> {
  if (groups === null) return {};
  const shares = groups.map(({ name, weight, tier, members }) => {
    return { name, weight, backup: tier > 0, endpoints: members.length };
  });
  return { shares };
}

/** The last failed session of a listener. */
function lastError({ state, now }: Running, listener: number): FailureNote | null {
  const last = lastFailure(state, listener);
  return last === null ? null : failureNote(last.reason, last.atMs, now());
}

/** A pool from which nothing is picked: it only reads the ejections that the workers share. */
export function watchPool(plan: ListenerPlan, state: SharedState): Pool {
  return new Pool(plan.snapshot, plan.ejection, state, () => 0);
}
