import type { EndpointSource } from '../endpoints/endpoint-source.ts';
import type { SourceFacts } from '../observe/scrape-input.ts';

/**
 * Sources as metrics name them. Two of the same name (for two families) are one series: synced when both are,
 * as old as the older, their errors together. Addresses that somebody wrote down are no news.
 */
export function sourceFacts(sources: Iterable<EndpointSource>): readonly SourceFacts[] {
  const byName = new Map<string, SourceFacts>();
  for (const { name, health } of sources) {
    if (!/^(?:k8s|dns|srv):/.test(name)) continue;
    const other = byName.get(name);
    byName.set(name, other === undefined ? { name, ...health } : both(other, { name, ...health }));
  }
  return [...byName.values()];
}

function both(one: SourceFacts, other: SourceFacts): SourceFacts {
  const errors = new Map(one.errors);
  for (const [code, count] of other.errors) errors.set(code, (errors.get(code) ?? 0) + count);
  const times = [one.lastEventAt, other.lastEventAt].filter((time) => time !== null);
  return {
    name: one.name,
    synced: one.synced && other.synced,
    lastEventAt: times.length === 0 ? null : Math.min(...times),
    errors,
  };
}
