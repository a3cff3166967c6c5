import { createIpSet, type IpSet } from '../address/ip-set.ts';
import type { ListenerOptions, ResolvedListener } from '../config/config.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import type { PoolFacts } from './pool-facts.ts';

/** The parts of a listener's plan that do not come from its configuration alone. */
export interface ListenerParts {
  /** Its row of the shared counters. */
  readonly id: number;
  readonly maxSessions: number;
  /** 0: no limit. */
  readonly maxSessionsOfAll: number;
  readonly accessLog: ListenerPlan['accessLog'];
  readonly pool: PoolFacts;
  readonly trust: IpSet;
  readonly headerless: IpSet;
  readonly forwardedTrust: IpSet;
}

/**
 * How many sessions each listener may have. `capacity` is the total for all. Without a `share`, listeners that ask for no limit
 * of their own share equally what the others leave. With one, from 0 to 1, no listener has more than that part of the capacity:
 * a limit does not depend on how many listeners there are, and the limits may add up to more than the capacity, which then is a
 * limit of its own (`maxSessionsOfAll`).
 */
export function sessionLimits(
  listeners: readonly ListenerOptions[],
  capacity: number,
  share: number | null = null,
): number[] {
  if (share !== null) {
    return listeners.map(({ maxSessions, balance }) => {
      const of = balance === 'named' ? Math.max(share, NAMED_SHARE) : share;
      const most = Math.max(Math.floor(capacity * of), 1);
      return Math.min(maxSessions ?? most, most);
    });
  }
  const asked = listeners.reduce((sum, { maxSessions }) => sum + (maxSessions ?? 0), 0);
  const without = listeners.filter(({ maxSessions }) => maxSessions === null).length;
  const each = Math.max(Math.floor((capacity - asked) / Math.max(without, 1)), 1);
  return listeners.map(({ maxSessions }) => maxSessions ?? each);
}

/**
 * The one listener whose headers name endpoints takes the sessions of all objects. A session to a pod of another node counts twice, at the
 * node that the client came to and at that of the pod: with clients spread evenly, nearly half of a node's sessions are handed over to it.
 */
const NAMED_SHARE = 0.5;

/** How many sessions there may be on all of these listeners together. */
export function mostSessions(
  listeners: readonly ListenerOptions[],
  capacity: number,
  share: number | null,
): number {
  return share === null
    ? sessionLimits(listeners, capacity).reduce((sum, limit) => sum + limit, 0)
    : capacity;
}

/** Builds a listener's part of the engine's plan from its options and from what its sources know. */
export function listenerPlan(
  options: ResolvedListener,
  { id, maxSessions, maxSessionsOfAll, accessLog, pool, trust, headerless, forwardedTrust }: ListenerParts,
): ListenerPlan {
  return {
    id,
    name: options.name,
    listen: options.listen,
    admission: {
      acceptProxy: options.acceptProxy,
      proxyHeader: options.proxyHeader,
      trust,
      headerless,
      trustUnix: options.trust.unix,
      headerlessUnix: options.headerless.unix,
      headerTimeoutMs: options.headerTimeout,
      maxHeaderBytes: options.maxHeader,
      allow: pool.allow,
    },
    presentation: {
      form: options.present,
      pass: options.tlv.pass,
      add: options.tlv.add,
      crc32c: options.crc32c,
      uniqueId: options.uniqueId,
      forwardedTrust,
      forwardedTrustUnix: options.forwardedTrust.unix,
    },
    snapshot: pool.snapshot,
    balance: options.balance,
    affinityMs: pool.affinityMs,
    attempts: options.attempts,
    reuse: options.reuse,
    dialFrom: options.dialFrom,
    localClients: createIpSet(options.allowLocalClients),
    ejection: { after: options.ejectAfter, forMs: options.ejectFor, maxShare: options.ejectMax },
    timeouts: {
      connectMs: options.connectTimeout,
      idleMs: options.idleTimeout,
      halfCloseMs: options.halfCloseTimeout,
      keepaliveMs: options.keepalive,
      tcpUserTimeoutMs: options.tcpUserTimeout,
      maxSessionAgeMs: options.maxSessionAge,
    },
    limits: {
      maxSessions,
      maxSessionsOfAll,
      maxSessionsPerClient: options.maxSessionsPerClient,
      clientPrefix: options.clientPrefix,
      overLimit: options.overLimit,
    },
    accessLog,
  };
}
