import { ipSetHas } from '../address/ip-set.ts';
import type { AdmissionPlan } from '../plan/plan.ts';
import type { Client } from './client.ts';

/**
 * What a peer owes us: a header (`required`, or `optional`), nothing (`plain`: it is its own client),
 * or it may not come at all (`untrusted`).
 */
export type Admission = 'required' | 'optional' | 'plain' | 'untrusted';

/**
 * Decides by configuration alone, never by what the peer sends (spec §5). `peer` is 4 or 16 bytes,
 * v4-mapped counting as IPv4, or null for the peer of a unix socket. Trust wins over plain.
 */
export function admit(plan: AdmissionPlan, peer: Uint8Array | null): Admission {
  if (plan.expect === 'none') return 'plain';
  if (peer === null ? plan.trustUnix : ipSetHas(plan.trust, peer)) return plan.header;
  if (peer === null ? plan.plainUnix : ipSetHas(plan.plain, peer)) return 'plain';
  return 'untrusted';
}

/**
 * Whether a client may come in, by the address that is announced: that of its header, else its own. LOCAL is the proxy
 * before us, which the trust list admits. A client without any address is in no range: only the absence of ranges admits it.
 */
export function allows({ allow }: AdmissionPlan, { local, source }: Client): boolean {
  if (allow === null || local) return true;
  return source !== null && ipSetHas(allow, source.ip);
}
