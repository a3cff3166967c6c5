import { formatSocketAddress } from '../address/socket-address.ts';
import type { KeptListener } from '../control/kept-listener.ts';
import type { EndpointState } from '../endpoints/endpoint-state.ts';
import type { EjectionOptions, Pool } from '../endpoints/pool.ts';
import type { Place } from '../endpoints/traffic-policy.ts';
import { CONNECT_FAILURES } from '../plan/connect-failure.ts';
import { type FailureNote, failureNote, type PoolStatus } from './ops-state.ts';

/** A pool as `/endpoints` shows it. `watched` tells which of its endpoints are ejected. */
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
      const hop = pool.reach.hops.get(text);
      const unserved = pool.reach.unserved.get(text);
      const fails = Atomics.load(state.failedConnects, slot);
      return {
        address: text,
        node,
        zone: where,
        ready,
        serving,
        terminating,
        usable,
        ...(hop === undefined ? {} : { hop: formatSocketAddress(hop.ip, hop.port) }),
        ...(unserved === undefined ? {} : { reach: unserved.state }),
        ejected,
        down: ejected && Atomics.load(state.probedDown, slot) === 1,
        failing: usable && isFailing(plan.ejection, Atomics.load(state.endpointFailures, slot)),
        sessions: Atomics.load(state.endpointSessions, slot),
        fails,
        ...(pool.shares === null ? {} : pool.shares.get(slot)),
        lastFailure: fails === 0 ? null : lastFailureOf(slot, state, nowMs),
      };
    }),
  };
}

/** With `--eject-after 0` nothing is ejected; an endpoint then counts as failing after the default number of failures. */
const FAILING_AFTER = 5;

/** True if this many failed connects in a row are enough to eject an endpoint. */
export function isFailing({ after }: EjectionOptions, failures: number): boolean {
  return failures >= (after || FAILING_AFTER);
}

function lastFailureOf(slot: number, state: EndpointState, nowMs: number): FailureNote {
  const reason = CONNECT_FAILURES[Atomics.load(state.lastFailure, slot)]!;
  return failureNote(reason, state.lastFailureAt[slot]!, nowMs);
}
