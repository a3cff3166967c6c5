import type { SourceName } from '../config/config.ts';
import type { KeptListener } from '../control/kept-listener.ts';
import type { PoolFacts } from '../control/pool-facts.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';
import type { ServiceHealth } from './service-health.ts';

/**
 * The Services of these listeners, with the number of their endpoints, counted by distinct address over all ports: under
 * `Local` the ready endpoints of this node (H2), even if traffic still goes to others (H5); else all usable ones (P4). None
 * that clients cannot be presented to. A listener for other Heralds, whose headers name endpoints, is for no balancer. `own` is
 * the namespace of Services that are written without one.
 */
export function serviceCounts(
  listeners: readonly KeptListener[],
  node: string | null,
  own: string,
): readonly ServiceHealth[] {
  const found = new Map<string, { readonly namespace: string; readonly name: string; ips: Set<string> }>();
  for (const { options, pool } of listeners) {
    if (options.balance === 'named') continue;
    const ips = counted(pool, node).map(({ ip }) => Buffer.from(ip).toString('hex'));
    for (const { name: source } of options.to) {
      if (source?.kind !== 'k8s') continue;
      const { namespace, name } = identity(source, own);
      const key = `${namespace}/${name}`;
      const service = found.get(key) ?? { namespace, name, ips: new Set() };
      for (const ip of ips) service.ips.add(ip);
      found.set(key, service);
    }
  }
  return [...found.values()].map(({ namespace, name, ips }) => ({ namespace, name, endpoints: ips.size }));
}

function identity({ namespace, service }: Extract<SourceName, { kind: 'k8s' }>, own: string) {
  return { namespace: namespace ?? own, name: service };
}

function counted(pool: PoolFacts, node: string | null): readonly KnownEndpoint[] {
  if (pool.policy !== 'Local')
    return pool.endpoints.filter((_, index) => pool.usable.has(pool.slots[index]!));
  const { unserved } = pool.reach;
  return pool.endpoints.filter(({ ready, node: of, text }) => ready && of === node && !unserved.has(text));
}
