import type { Log } from '../observe/log.ts';
import type { KeptListener } from './plan-keeper.ts';

/** Tells what becomes of pools, once at each change; what is in force no more is forgotten. */
export interface PoolLog {
  look(listeners: readonly KeptListener[]): void;
}

const EMPTY = {
  no_endpoint: 'no endpoint is usable',
  no_local_endpoint: 'no endpoint of this node is usable, though there are some elsewhere',
} as const;

export function createPoolLog(log: Log): PoolLog {
  const empty = new Map<string, boolean>();
  const unread = new Set<string>();
  const lookAt = ({ options, pool }: KeptListener): void => {
    const { name: listener, trafficPolicy, affinity } = options;
    if (!pool.synced) return;
    const isEmpty = pool.snapshot.endpoints.length === 0;
    if (isEmpty && empty.get(listener) !== true) log.warn({ listener }, EMPTY[pool.snapshot.empty]);
    if (!isEmpty && empty.get(listener) === true) log.info({ listener }, 'there are usable endpoints again');
    empty.set(listener, isEmpty);

    const follows = [
      ...(trafficPolicy === 'service' ? ['trafficPolicy Cluster'] : []),
      ...(affinity.kind === 'service' ? ['affinity none'] : []),
    ];
    if (pool.service !== null) unread.delete(listener);
    else if (follows.length > 0 && !unread.has(listener)) {
      unread.add(listener);
      log.warn({ listener }, `the Service can not be read: ${follows.join(' and ')} until it can`);
    }
  };
  return {
    look(listeners) {
      const names = new Set(listeners.map(({ options }) => options.name));
      for (const name of empty.keys()) if (!names.has(name)) empty.delete(name);
      for (const name of unread) if (!names.has(name)) unread.delete(name);
      for (const listener of listeners) lookAt(listener);
    },
  };
}
