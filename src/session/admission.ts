import { ipSetHas } from '../address/ip-set.ts';
import type { AdmissionPlan } from '../plan/plan.ts';
import type { Client } from './client.ts';

/**
 * What a peer has to send first: it must or may send a header (`required`, `optional`), or it sends none (`headerless`: the peer itself
 * is the client). An `untrusted` peer is refused.
 */
export type Admission = 'required' | 'optional' | 'headerless' | 'untrusted';

/**
 * Decides by configuration alone, never by what the peer sends (spec §5). `peer` is 4 or 16 bytes,
 * v4-mapped counting as IPv4, or null for the peer of a unix socket. A peer in both lists is trusted.
 */
export function admit(plan: AdmissionPlan, peer: Uint8Array | null): Admission {
  if (plan.acceptProxy === 'none') return 'headerless';
  if (peer === null ? plan.trustUnix : ipSetHas(plan.trust, peer)) return plan.proxyHeader;
  if (peer === null ? plan.headerlessUnix : ipSetHas(plan.headerless, peer)) return 'headerless';
  return 'untrusted';
}

/**
 * Whether a client is allowed, by the address in its header, or else by its own. LOCAL is the proxy itself, which the trust list
 * admits. A client without an address is allowed only if no ranges are configured.
 */
export function allows({ allow }: AdmissionPlan, { local, source }: Client): boolean {
  if (allow === null || local) return true;
  return source !== null && ipSetHas(allow, source.ip);
}
