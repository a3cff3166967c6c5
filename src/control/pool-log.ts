import type { ListenerOptions } from '../config/config.ts';
import type { Snapshot } from '../endpoints/snapshot.ts';
import type { Log } from '../observe/log.ts';
import type { PoolFacts } from './pool-facts.ts';

/** The pool of one listener. */
export interface ListenerPool {
  readonly options: ListenerOptions;
  readonly pool: PoolFacts;
}

/** Tells what becomes of pools, once at each change; what is in force no more is forgotten. */
export interface PoolLog {
  look(listeners: readonly ListenerPool[]): void;
}

const EMPTY = {
  no_endpoint: 'no endpoint is known',
  no_ready_endpoint:
    'there are endpoints, but none may be used: none is ready, or terminating and still serving',
  no_local_endpoint: 'no endpoint of this node is usable, though there are some elsewhere',
} as const;

export function createPoolLog(log: Log): PoolLog {
  /** Why the pool of a listener is empty; null where it is not. */
  const empty = new Map<string, Snapshot['empty'] | null>();
  const unread = new Set<string>();
  /** Listeners and the Services whose ranges they do not follow, as they were told. */
  const open = new Map<string, string>();
  const lookAt = ({ options, pool }: ListenerPool): void => {
    const { name: listener, trafficPolicy, affinity } = options;
    if (!pool.synced) return;
    const why = pool.snapshot.endpoints.length === 0 ? pool.snapshot.empty : null;
    const before = empty.get(listener) ?? null;
    if (why !== null && why !== before) log.warn({ listener }, EMPTY[why]);
    if (why === null && before !== null) log.info({ listener }, 'there are usable endpoints again');
    empty.set(listener, why);

    const ranged = pool.unfollowed.join(' and ');
    if (ranged !== '' && ranged !== open.get(listener)) {
      const effect = 'which this listener does not apply: it admits every client';
      log.warn({ listener }, `${ranged} has loadBalancerSourceRanges, ${effect}. Set trafficPolicy service`);
    }
    open.set(listener, ranged);

    const follows = [
      ...(trafficPolicy === 'service' ? ['trafficPolicy Cluster'] : []),
      ...(affinity.kind === 'service' ? ['affinity none'] : []),
    ];
    if (pool.service !== null) unread.delete(listener);
    // One that is gone has no endpoints, and its source says so.
    else if (follows.length > 0 && pool.endpoints.length > 0 && !unread.has(listener)) {
      unread.add(listener);
      log.warn({ listener }, `the Service cannot be read: using ${follows.join(' and ')} until it can`);
      if (trafficPolicy === 'service' && pool.allow === null) {
        log.warn({ listener }, 'until then every client is admitted');
      }
    }
  };
  return {
    look(listeners) {
      const names = new Set(listeners.map(({ options }) => options.name));
      for (const told of [empty, open, unread]) {
        for (const name of told.keys()) if (!names.has(name)) told.delete(name);
      }
      for (const listener of listeners) lookAt(listener);
    },
  };
}
