import type { Config } from '../config/config.ts';
import { Pool } from '../endpoints/pool.ts';
import type { Log } from '../observe/log.ts';
import type { AdminState, ListenerStatus, PoolStatus, ProbeState, Status } from '../observe/machine-state.ts';
import type { ListenerFacts, MetricsSource } from '../observe/metrics-source.ts';
import type { Refusals } from '../observe/refusals.ts';
import type { LoggingObserver } from '../observe/session-observer.ts';
import { CLOSE_REASONS, REASON_NAMES } from '../proxy/close-reason.ts';
import { COUNTER, REASON_AT } from '../proxy/counters.ts';
import type { Engine, OpenListener } from '../proxy/engine.ts';
import type { ListenerPlan, Plan } from '../proxy/plan.ts';
import { type SharedState, sumCounters } from '../proxy/shared-state.ts';
import type { Host } from './host.ts';
import { addressText } from './plan-of.ts';

/** What the running program is made of, as far as machines and operators ask about it. */
export interface Running {
  readonly host: Host;
  readonly state: SharedState;
  readonly engine: Engine;
  readonly log: Log;
  readonly observer: LoggingObserver;
  readonly refusals: Refusals;
  readonly now: () => number;
  readonly startedAt: number;
  /** What a reload changes. */
  config: Config;
  plan: Plan;
  /** Listeners that are open now; empty before the start and once a drain has closed them. */
  open: readonly OpenListener[];
  phase: 'starting' | 'serving' | 'draining';
  /** The last reload, or the start: whether it was successful, and when the last one was that was. Seconds since 1970. */
  reload: { readonly successful: boolean; readonly at: number };
}

/** What `/metrics` reads at each scrape. */
export function metricsSource(running: Running): MetricsSource {
  const { state, host, engine, log, observer, now } = running;
  const pools = new WeakMap<ListenerPlan, Pool>();
  const poolOf = (listener: ListenerPlan) => {
    const pool = pools.get(listener) ?? watchPool(listener, state);
    pools.set(listener, pool);
    return pool;
  };
  return {
    state,
    listeners: () =>
      running.plan.listeners.map((listener): ListenerFacts => {
        const { usable, ejected } = poolOf(listener).counts(now());
        return {
          id: listener.id,
          name: listener.name,
          maxSessions: listener.limits.maxSessions,
          endpoints: { usable, ejected, standby: 0, unusable: 0 },
        };
      }),
    build: () => ({
      version: host.version,
      node: host.nodeVersion,
      engine: engine.name,
      config: running.config.hash,
    }),
    waitedMs: () => {
      // The net engine has no loop of its own to count in.
      if (engine.name.startsWith('net')) state.waitedMs[0] = performance.eventLoopUtilization().idle;
      return state.waitedMs;
    },
    logDropped: () => log.dropped,
    recordsDropped: () => observer.recordsDropped,
    reload: () => running.reload,
  };
}

/** What probes ask. */
export function probeState(running: Running): ProbeState {
  return {
    started: () => running.phase !== 'starting',
    listenersOpen: () => {
      const open = new Set(running.open.map(({ id }) => id));
      return running.plan.listeners.map(({ id, name }) => ({ name, open: open.has(id) }));
    },
    draining: () => running.phase === 'draining',
    alive: () => running.engine.alive(),
  };
}

/** What operators ask. */
export function adminState(running: Running): AdminState {
  const { engine, refusals, log } = running;
  return {
    status: () => status(running),
    endpoints: () => running.plan.listeners.map((listener) => poolStatus(running, listener)),
    sessions: (limit) => engine.sessions(limit),
    refused: () => refusals.list(),
    config: () => running.config.written,
    setLogLevel: (level) => log.setLevel(level),
  };
}

function status(running: Running): Status {
  const { host, engine, plan, now, startedAt } = running;
  return {
    version: host.version,
    uptimeSeconds: Math.round((now() - startedAt) / 1000),
    state: running.phase,
    engine: engine.name,
    listeners: plan.listeners.map((listener) => listenerStatus(running, listener)),
  };
}

function listenerStatus({ state, open }: Running, plan: ListenerPlan): ListenerStatus {
  const counters = sumCounters(state, plan.id);
  const refused = REASON_NAMES.reduce((sum, reason, index) => {
    return 'refused' in CLOSE_REASONS[reason] ? sum + counters[REASON_AT + index]! : sum;
  }, 0);
  const bound = open.find(({ id }) => id === plan.id);
  return {
    name: plan.name,
    address: addressText(bound?.address ?? plan.listen),
    present: plan.presentation.form,
    expect: plan.admission.expect,
    sessions: counters[COUNTER.opened]! - counters[COUNTER.ended]!,
    limit: plan.limits.maxSessions,
    opened: counters[COUNTER.opened]!,
    refused,
  };
}

function poolStatus({ state, now }: Running, plan: ListenerPlan): PoolStatus {
  const pool = watchPool(plan, state);
  const at = now();
  const { endpoints } = plan.snapshot;
  return {
    listener: plan.name,
    source: endpoints.map(({ text }) => text).join(','),
    policy: 'Cluster',
    node: null,
    zone: null,
    synced: true,
    endpoints: endpoints
      .map((endpoint) => ({
        address: endpoint.text,
        node: null,
        zone: null,
        ready: true,
        serving: true,
        terminating: false,
        usable: true,
        ejected: pool.isEjected(endpoint, at),
        sessions: Atomics.load(state.endpointSessions, endpoint.slot),
      }))
      .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0)),
  };
}

/** A pool that picks nothing: it reads the ejections that the workers share. */
function watchPool(plan: ListenerPlan, state: SharedState): Pool {
  return new Pool(plan.snapshot, plan.ejection, state, () => 0);
}
