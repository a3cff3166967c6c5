import type { NamespaceObject } from './cluster-objects.ts';
import { readLabels, readObjectFacts } from './read-object.ts';

/** An object of the API → Namespace; null if it has no usable name. */
export function readNamespace(value: unknown): NamespaceObject | null {
  const facts = readObjectFacts(value, 'cluster');
  return facts === null ? null : { ...facts, labels: readLabels(value) };
}
