import type { EndpointState } from '../endpoints/endpoint-state.ts';
import type { Pool, PoolCounts } from '../endpoints/pool.ts';
import type { Place } from '../endpoints/traffic-policy.ts';
import type { PoolStatus } from '../observe/machine-state.ts';
import type { ListenerFacts } from '../observe/metrics-source.ts';
import type { KeptListener } from './plan-keeper.ts';
import type { PoolFacts } from './pool-facts.ts';

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
      return {
        address: text,
        node,
        zone: where,
        ready,
        serving,
        terminating,
        usable: endpoint !== undefined,
        ejected: endpoint !== undefined && watched.isEjected(endpoint, nowMs),
        sessions: Atomics.load(state.endpointSessions, slot),
      };
    }),
  };
}
