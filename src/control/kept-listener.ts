import type { IpSet } from '../address/ip-set.ts';
import type { PeerSet, ResolvedListener } from '../config/config.ts';
import type { EndpointSource } from '../endpoints/endpoint-source.ts';
import type { NodeReach } from '../endpoints/node-reach.ts';
import type { Place } from '../endpoints/traffic-policy.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import { errorOfListener, StartError } from '../plan/start-error.ts';
import { type ListenerParts, listenerPlan } from './listener-plan.ts';
import { type PoolFacts, poolFacts } from './pool-facts.ts';
import type { RowTable } from './row-table.ts';
import { hopSources, listenerSources, peerSources, poolSources, resolvePeers } from './wanted-sources.ts';

/** One listener in force: its options, its pool as the control plane sees it, and its part of the engine's plan. */
export interface KeptListener {
  readonly options: ResolvedListener;
  readonly pool: PoolFacts;
  /** The sources of its pool. */
  readonly sources: readonly EndpointSource[];
  /** Keys of all that its plan depends on: of the sources of its pool, its hops and its lists of peers, and `REACH_KEY`. */
  readonly keys: readonly string[];
  readonly plan: ListenerPlan;
}

export interface KeptParts {
  readonly rows: RowTable;
  readonly place: Place;
  readonly accessLog: ListenerPlan['accessLog'];
  readonly source: (key: string) => EndpointSource;
  /** What this node can do for listeners that present transparent; null: nothing is known, and each endpoint is dialed itself. */
  readonly reach: NodeReach | null;
}

/** Stands for the reach of this node among the keys of sources, none of which is without a colon. */
export const REACH_KEY = 'reach';

/** What a listener is built from this time. */
export interface KeptChange {
  readonly limits: Pick<ListenerParts, 'maxSessions' | 'maxSessionsOfAll'>;
  /** Keys of the sources that have changed since the last plan. */
  readonly changed: ReadonlySet<string>;
  /** The listener of the same name in force. */
  readonly before: KeptListener | undefined;
  /** Its sources have changed before, and it could not follow them. */
  readonly isStale: boolean;
}

/**
 * Builds a listener. If neither its options object nor its sources have changed, it stays the same object; if what its sources
 * say makes no difference, its plan does. A plan that stays is not sent to the workers. Throws a `StartError` of this listener if
 * there is no memory for it; what the table of rows has of it is then as before.
 */
export function keepListener(
  parts: KeptParts,
  options: ResolvedListener,
  { limits, changed, before, isStale }: KeptChange,
): KeptListener {
  const isSameLimit = before?.plan.limits.maxSessions === limits.maxSessions;
  const isKnown = before?.options === options && isSameLimit && !isStale;
  if (isKnown && !before.keys.some((key) => changed.has(key))) return before;
  try {
    return buildListener(parts, options, { limits, changed, before, isStale }, isKnown);
  } catch (error) {
    throw error instanceof StartError ? errorOfListener(options.name, error) : error;
  }
}

function buildListener(
  { rows, place, accessLog, source, reach }: KeptParts,
  options: ResolvedListener,
  { limits, changed, before }: KeptChange,
  isKnown: boolean,
): KeptListener {
  const pools = poolSources(options).map(({ key }) => key);
  const isSame = (keys: readonly string[]) => isKnown && !keys.some((key) => changed.has(key));
  const id = rows.listener(options.name);
  const sources = pools.map(source);
  const hops = hopSources(options).map(({ key }) => key);
  const reachKeys = options.present === 'transparent' ? [REACH_KEY] : [];
  const pool =
    before !== undefined && isSame([...pools, ...hops, ...reachKeys])
      ? before.pool
      : poolFacts({
          options,
          states: sources.map((each) => each.state),
          hops: hops.map((key) => source(key).state)[0] ?? null,
          ...{ place, reach },
          slots: (texts) => rows.slots(options.name, texts),
          before: before?.pool,
        });
  const peers = (list: PeerSet, known: IpSet | undefined) => {
    const keys = peerSources(list).map(({ key }) => key);
    if (known !== undefined && isSame(keys)) return known;
    return resolvePeers(
      list,
      keys.map((key) => source(key).state),
    );
  };
  const trust = peers(options.trust, before?.plan.admission.trust);
  const headerless = peers(options.headerless, before?.plan.admission.headerless);
  const forwardedTrust = peers(options.forwardedTrust, before?.plan.presentation.forwardedTrust);
  const isSamePlan =
    isKnown &&
    before?.plan.snapshot === pool.snapshot &&
    before.plan.affinityMs === pool.affinityMs &&
    before.plan.admission.allow === pool.allow &&
    before.plan.admission.trust === trust &&
    before.plan.admission.headerless === headerless &&
    before.plan.presentation.forwardedTrust === forwardedTrust;
  const plan = isSamePlan
    ? before.plan
    : listenerPlan(options, { id, ...limits, accessLog, pool, trust, headerless, forwardedTrust });
  const keys = [...listenerSources(options).map(({ key }) => key), ...reachKeys];
  return { options, pool, sources, keys, plan };
}
