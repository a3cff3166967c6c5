import type { ListenerOptions } from '../config/config.ts';
import type { Snapshot } from '../endpoints/snapshot.ts';
import type { Log } from '../observe/log.ts';
import type { PoolFacts } from './pool-facts.ts';

/** The pool of one listener. */
export interface ListenerPool {
  readonly options: ListenerOptions;
  readonly pool: PoolFacts;
}

/**
 * Logs a line when a pool becomes empty or usable again, when clients cannot be presented to some of its endpoints, and about
 * Services that are not followed or cannot be read.
 */
export interface PoolLog {
  /** Compares these pools with those of the last call. Listeners that are gone are forgotten. */
  update(listeners: readonly ListenerPool[]): void;
}

const EMPTY = {
  no_endpoint: 'pool empty: no endpoint is known',
  no_ready_endpoint: 'pool empty: no endpoint is ready, or terminating and still serving',
  no_capable_node: 'pool empty: no endpoint is on a node that can present clients (--present transparent)',
  no_local_endpoint: 'pool empty: no endpoint on this node is usable; those on other nodes are not used',
} as const;

export function createPoolLog(log: Log): PoolLog {
  /** Why the pool of a listener is empty; null if it is not. */
  const empty = new Map<string, Snapshot['empty'] | null>();
  /** Listeners whose Service could not be read at the last call. */
  const unread = new Set<string>();
  /** By listener, the Services whose ranges it does not apply, as they were last logged. */
  const unfollowed = new Map<string, string>();
  /** By listener, the destinations whose share is refused, as they were last logged. */
  const refused = new Map<string, string>();
  /** By listener, why endpoints are left out, as it was last logged. */
  const unserved = new Map<string, string>();
  const updateOne = ({ options, pool }: ListenerPool): void => {
    const { name: listener, trafficPolicy, affinity } = options;
    if (!pool.synced) return;
    const why = pool.snapshot.endpoints.length === 0 ? pool.snapshot.empty : null;
    const before = empty.get(listener) ?? null;
    // That no pod of this node is served for other Heralds is no fault.
    const level = options.balance === 'named' && why !== 'no_capable_node' ? 'debug' : 'warn';
    if (why !== null && why !== before) log[level]({ listener }, EMPTY[why]);
    if (why === null && before !== null)
      log[level === 'warn' ? 'info' : level]({ listener }, 'pool has usable endpoints again');
    empty.set(listener, why);

    const without = why === null ? refusedShares(pool.snapshot) : '';
    const withoutBefore = refused.get(listener) ?? '';
    if (without !== '' && without !== withoutBefore) {
      log.warn({ listener }, `no endpoint for ${without}: that share of the sessions is refused`);
    }
    if (why === null && without === '' && withoutBefore !== '') {
      log.info({ listener }, 'every destination has endpoints again');
    }
    refused.set(listener, without);

    // Endpoints come and go: only another cause is news.
    const causes = [...new Set([...pool.reach.unserved.values()].map((each) => each.why))].sort().join('; ');
    const causesBefore = unserved.get(listener) ?? '';
    if (causes !== '' && causes !== causesBefore) log.warn({ listener }, unservedText(pool));
    if (causes === '' && causesBefore !== '') {
      log.info({ listener }, 'clients can be presented to every endpoint again');
    }
    unserved.set(listener, causes);

    const ranged = pool.unfollowed.join(' and ');
    if (ranged !== '' && ranged !== unfollowed.get(listener)) {
      const effect = 'which this listener does not apply: it admits every client';
      const remedy = 'Set trafficPolicy to service to apply them';
      log.warn({ listener }, `${ranged} has loadBalancerSourceRanges, ${effect}. ${remedy}`);
    }
    unfollowed.set(listener, ranged);

    const follows = [
      ...(trafficPolicy === 'service' ? ['trafficPolicy Cluster'] : []),
      ...(affinity.kind === 'service' ? ['affinity none'] : []),
    ];
    if (pool.service !== null) unread.delete(listener);
    // A deleted Service has no endpoints, and its source logs that.
    else if (follows.length > 0 && pool.endpoints.length > 0 && !unread.has(listener)) {
      unread.add(listener);
      log.warn({ listener }, `the Service cannot be read; using ${follows.join(' and ')} until it can be`);
      if (trafficPolicy === 'service' && pool.allow === null) {
        log.warn({ listener }, 'the Service cannot be read; admitting every client until it can be');
      }
    }
  };
  return {
    update(listeners) {
      const names = new Set(listeners.map(({ options }) => options.name));
      for (const state of [empty, refused, unserved, unfollowed, unread]) {
        for (const name of state.keys()) if (!names.has(name)) state.delete(name);
      }
      for (const listener of listeners) updateOne(listener);
    },
  };
}

/** The destinations that have a share and no endpoint, if nobody else gets their share. */
function refusedShares({ groups, refusesEmptyShares }: Snapshot): string {
  if (groups === null || !refusesEmptyShares) return '';
  const without = groups.filter(({ members }) => members.length === 0);
  return without.map(({ name }) => name).join(' and ');
}

/** How many causes a line has; the others are counted. */
const MOST_CAUSES = 5;

/** `2 of 5 endpoints are not used: 10.1.2.3:80 is on node-c, which no hop serves; …`, with one endpoint for each cause. */
function unservedText({ endpoints, reach }: PoolFacts): string {
  const byCause = new Map<string, { readonly first: string; count: number }>();
  for (const [text, { why }] of reach.unserved) {
    const cause = byCause.get(why) ?? { first: text, count: 0 };
    cause.count++;
    byCause.set(why, cause);
  }
  const causes = [...byCause].map(([why, { first, count }]) => {
    return `${first}${count > 1 ? ` (and ${count - 1} more)` : ''} ${why}`;
  });
  const more = causes.length - MOST_CAUSES;
  const shown = [...causes.slice(0, MOST_CAUSES), ...(more > 0 ? [`and ${more} more causes`] : [])];
  return `${reach.unserved.size} of ${endpoints.length} endpoints are not used: ${shown.join('; ')}`;
}
