import type { KeptListener } from '../control/kept-listener.ts';
import type { PoolFacts } from '../control/pool-facts.ts';
import type { EndpointSource } from '../endpoints/endpoint-source.ts';
import type { Pool, PoolCounts } from '../endpoints/pool.ts';
import type { WorkerTime } from '../observe/busy-window.ts';
import type { ListenerFacts, ScrapeInput, SourceFacts } from '../observe/scrape-input.ts';
import type { Engine } from '../plan/engine.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import type { SharedState } from '../shared-memory/shared-state.ts';
import { type Running, watchPool } from './ops-views.ts';

/** The view of `/metrics`, read at each scrape. */
export function scrapeInput(running: Running): ScrapeInput {
  const { state, host, engine, keeper, checks, log, observer, busy, now } = running;
  const pools = new WeakMap<ListenerPlan, Pool>();
  const poolOf = ({ plan }: KeptListener) => {
    const pool = pools.get(plan) ?? watchPool(plan, state);
    pools.set(plan, pool);
    return pool;
  };
  return {
    state,
    listeners: () =>
      keeper.listeners.map((listener): ListenerFacts => {
        return {
          id: listener.plan.id,
          name: listener.plan.name,
          maxSessions: listener.plan.limits.maxSessions,
          endpoints: hasCounts(listener)
            ? endpointCounts(listener.pool, poolOf(listener).counts(now()))
            : null,
          probes: checks.facts(listener),
        };
      }),
    gone: () => keeper.gone,
    total: () => keeper.totalCounters(),
    gateway: running.gateway?.facts ?? null,
    sources: () => sourceFacts(keeper.sources),
    presents: running.presents,
    build: () => ({
      version: host.version,
      node: host.nodeVersion,
      engine: engine.name,
      config: running.config.hash,
    }),
    workers: () =>
      servingThreads(engine, state).map(({ worker, row, busyMs }) => {
        const restarts = row < state.workers ? state.restarts[row]! : null;
        return { name: worker, row, busyMs, busyRatio: busy.ratio(worker), restarts };
      }),
    logDropped: () => log.dropped,
    recordsDropped: () => observer.recordsDropped,
    reload: () => running.reload,
  };
}

/** Where headers name endpoints, a node may well have none of them: an alert on no usable endpoint must not fire for that. */
export function hasCounts({ plan, pool }: Pick<KeptListener, 'plan' | 'pool'>): boolean {
  return plan.balance !== 'named' || pool.endpoints.length > 0;
}

/** The endpoints of a pool by state. Each endpoint that its sources know is counted in exactly one. */
export function endpointCounts(pool: PoolFacts, { usable, ejected }: PoolCounts): ListenerFacts['endpoints'] {
  const standby = pool.standby.size;
  return { usable, ejected, standby, unusable: pool.endpoints.length - usable - ejected - standby };
}

/**
 * Sources as metrics name them, but for fixed addresses, which never change. Two sources of the same name (for two families)
 * make one series: synced if both are, with the older time and the sum of their errors.
 */
export function sourceFacts(sources: Iterable<EndpointSource>): readonly SourceFacts[] {
  const byName = new Map<string, SourceFacts>();
  for (const { name, health } of sources) {
    if (!/^(?:k8s|dns|srv|gateway):/.test(name)) continue;
    const other = byName.get(name);
    byName.set(name, other === undefined ? { name, ...health } : both(other, { name, ...health }));
  }
  return [...byName.values()];
}

function both(one: SourceFacts, other: SourceFacts): SourceFacts {
  const errors = new Map(one.errors);
  for (const [code, count] of other.errors) errors.set(code, (errors.get(code) ?? 0) + count);
  const times = [one.lastEventAt, other.lastEventAt].filter((time) => time !== null);
  return {
    name: one.name,
    synced: one.synced && other.synced,
    lastEventAt: times.length === 0 ? null : Math.min(...times),
    errors,
  };
}

/** A thread that serves sessions, with its row of the counters. */
export interface ServingThread extends WorkerTime {
  readonly row: number;
}

/** The value of the label `worker` for the main thread. */
const MAIN = 'main';

/** The threads that serve now: the engine's workers by their numbers, and the main thread if it serves too. */
export function servingThreads(
  { threads, servesInMainThread }: Pick<Engine, 'threads' | 'servesInMainThread'>,
  state: SharedState,
): readonly ServingThread[] {
  const own = Array.from({ length: threads }, (_, row) => {
    return { worker: String(row), row, busyMs: state.busyMs[row]! };
  });
  if (!servesInMainThread) return own;
  const { active } = performance.eventLoopUtilization();
  return [...own, { worker: MAIN, row: state.workers, busyMs: active }];
}
