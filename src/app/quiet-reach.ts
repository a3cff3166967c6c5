import { ipSetHas } from '../address/ip-set.ts';
import type { KeptListener } from '../control/kept-listener.ts';
import type { PoolFacts } from '../control/pool-facts.ts';
import { chooseEndpoints } from '../endpoints/traffic-policy.ts';
import type { AdmissionPlan } from '../plan/plan.ts';

/** A port of an instance of this gateway, which has the same listeners as this one. */
interface Target {
  readonly port: number;
  /** The node of the instance; null: unknown. */
  readonly node: string | null;
  /** Where it says whether the connection reached it; null: the instance is this one. */
  readonly askAt: string | null;
}

/**
 * Whether a connection from this machine (`own`: its addresses) that sends nothing ends there as a health probe (`probe`), which
 * is no failure and not logged. Any other would be counted as the failure of a client, or refused, each time that the reach
 * check dials.
 */
export function isQuiet(
  listeners: readonly Pick<KeptListener, 'plan' | 'pool'>[],
  { port, node, askAt }: Target,
  own: readonly Uint8Array[],
): boolean {
  // Which of several addresses a connection leaves from is not known before it is there.
  return listeners
    .filter(({ plan: { listen } }) => listen.kind === 'tcp' && listen.port === port)
    .every(
      ({ plan: { admission, presentation }, pool }) =>
        // A client with an address of this machine is not presented, but counted as dialed plainly.
        (presentation.form !== 'transparent' || askAt !== null) &&
        carries(pool, node) &&
        own.every((ip) => admits(admission, ip)),
    );
}

function admits({ acceptProxy, trust, headerless, allow }: AdmissionPlan, ip: Uint8Array): boolean {
  const isPeer = acceptProxy === 'none' || ipSetHas(trust, ip) || ipSetHas(headerless, ip);
  return isPeer && (allow === null || ipSetHas(allow, ip));
}

function carries({ endpoints, policy, snapshot }: PoolFacts, node: string | null): boolean {
  const { groups, refusesEmptyShares } = snapshot;
  if (groups !== null && refusesEmptyShares) return groups.every(({ members }) => members.length > 0);
  if (policy !== 'Local') return snapshot.endpoints.length > 0;
  return chooseEndpoints(endpoints, policy, { node, zone: null }).usable.length > 0;
}
