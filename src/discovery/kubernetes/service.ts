import type { ServiceFacts } from '../../endpoints/endpoint-source.ts';
import { listOf, objectOf, textOf } from './json.ts';
import { type NamedPort, readPorts } from './slice.ts';
import { readSourceRanges } from './source-ranges.ts';

/** What Herald keeps of a Service. */
export interface Service {
  readonly facts: ServiceFacts;
  readonly isExternalName: boolean;
  readonly ports: readonly NamedPort[];
  /** Entries of `loadBalancerSourceRanges` that are not CIDRs. */
  readonly malformedRanges: readonly string[];
  /** The first of `spec.ipFamilies`, or null. */
  readonly firstFamily: 4 | 6 | null;
}

/** A1: the default is three hours, the maximum a day. */
const AFFINITY_SECONDS = 10_800;
const MAX_AFFINITY_SECONDS = 86_400;

/** An object of the API → Service; null if it is not this Service. */
export function readService(value: unknown, namespace: string, service: string): Service | null {
  const { metadata, spec } = objectOf(value);
  const meta = objectOf(metadata);
  if (meta.namespace !== namespace || meta.name !== service) return null;
  const { type, ports, ipFamilies, externalTrafficPolicy, sessionAffinity, sessionAffinityConfig } =
    objectOf(spec);
  const { ranges, malformed } = readSourceRanges(objectOf(spec).loadBalancerSourceRanges, ipFamilies);
  const family = textOf(listOf(ipFamilies)[0]);
  return {
    facts: {
      namespace,
      name: service,
      // C6: the field is absent if no external traffic can reach the Service.
      externalTrafficPolicy: externalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
      affinityMs: sessionAffinity === 'ClientIP' ? 1000 * affinitySeconds(sessionAffinityConfig) : 0,
      ...(ranges === null ? {} : { sourceRanges: ranges }),
    },
    malformedRanges: malformed,
    isExternalName: type === 'ExternalName',
    // The only port of a Service may have no name; the API then omits the key.
    ports: readPorts(listOf(ports).map((port) => ({ name: '', ...objectOf(port) }))),
    firstFamily: family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : null,
  };
}

function affinitySeconds(config: unknown): number {
  const { timeoutSeconds } = objectOf(objectOf(config).clientIP);
  if (typeof timeoutSeconds !== 'number' || !Number.isInteger(timeoutSeconds)) return AFFINITY_SECONDS;
  return timeoutSeconds >= 1 && timeoutSeconds <= MAX_AFFINITY_SECONDS ? timeoutSeconds : AFFINITY_SECONDS;
}
