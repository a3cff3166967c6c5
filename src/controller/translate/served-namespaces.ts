import type { NamespaceChoice } from '../../config/gateway-options.ts';
import type { NamespaceObject } from '../objects/cluster-objects.ts';
import { matchesLabels } from '../objects/label-selector.ts';

/**
 * Whose objects count (`--namespaces`): those of other namespaces do not exist for the gateway. With a selector, objects of
 * a namespace that is not known yet do not count either.
 */
export function servedNamespaces(
  choice: NamespaceChoice,
  namespaces: ReadonlyMap<string, NamespaceObject>,
): (namespace: string) => boolean {
  if (choice.kind === 'all') return () => true;
  const { requirements } = choice;
  const served = new Set<string>();
  for (const [name, { labels }] of namespaces) if (matchesLabels(requirements, labels)) served.add(name);
  return (namespace) => served.has(namespace);
}
