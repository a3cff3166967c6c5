import type { KeptListener } from '../control/plan-keeper.ts';
import type { PoolFacts } from '../control/pool-facts.ts';
import type { EndpointState } from '../endpoints/endpoint-state.ts';
import type { EjectionOptions, Pool, PoolCounts } from '../endpoints/pool.ts';
import type { Place } from '../endpoints/traffic-policy.ts';
import type { ListenerFacts } from '../observe/scrape-input.ts';
import { CONNECT_FAILURES } from '../plan/connect-failure.ts';
import { failureNote } from './failure-note.ts';
import type { FailureNote, PoolStatus } from './ops-state.ts';

/** All that the sources of a pool know, each in one state. */
export function endpointCounts(pool: PoolFacts, { usable, ejected }: PoolCounts): ListenerFacts['endpoints'] {
  const standby = pool.standby.size;
  return { usable, ejected, standby, unusable: pool.endpoints.length - usable - ejected - standby };
}

/** A pool as `/endpoints` shows it. */
export function poolStatus(
  { plan, pool, sources }: KeptListener,
  { node: ours, zone }: Place,
  watched: Pool,
  state: EndpointState,
  nowMs: number,
): PoolStatus {
  const bySlot = new Map(plan.snapshot.endpoints.map((endpoint) => [endpoint.slot, endpoint]));
  return {
    listener: plan.name,
    source: sources.map(({ name }) => name).join(','),
    policy: pool.policy,
    node: ours,
    zone,
    synced: pool.synced,
    endpoints: pool.endpoints.map(({ text, node, zone: where, ready, serving, terminating }, index) => {
      const slot = pool.slots[index]!;
      const endpoint = bySlot.get(slot);
      const ejected = endpoint !== undefined && watched.isEjected(endpoint, nowMs);
      const usable = endpoint !== undefined && !ejected;
      const fails = Atomics.load(state.failedConnects, slot);
      return {
        address: text,
        node,
        zone: where,
        ready,
        serving,
        terminating,
        usable,
        ejected,
        down: ejected && Atomics.load(state.probedDown, slot) === 1,
        failing: usable && isFailing(plan.ejection, Atomics.load(state.endpointFailures, slot)),
        sessions: Atomics.load(state.endpointSessions, slot),
        fails,
        lastFailure: fails === 0 ? null : lastFailureOf(slot, state, nowMs),
      };
    }),
  };
}

/** Where nobody is ejected an endpoint that fails is told of after as many failures in a row as by default. */
const FAILING_AFTER = 5;

/** True where so many failed connects in a row are too many for the pool. */
export function isFailing({ after }: EjectionOptions, failures: number): boolean {
  return failures >= (after || FAILING_AFTER);
}

function lastFailureOf(slot: number, state: EndpointState, nowMs: number): FailureNote {
  const reason = CONNECT_FAILURES[Atomics.load(state.lastFailure, slot)]!;
  return failureNote(reason, state.lastFailureAt[slot]!, nowMs);
}
