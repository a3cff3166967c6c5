import { listOf, objectOf, textOf } from '../../discovery/kubernetes/json.ts';
import type { GrantObject } from './cluster-objects.ts';
import { isGiven } from './read-gateway-class.ts';
import { readObjectFacts } from './read-object.ts';

/**
 * An object of the API → ReferenceGrant; null if it has no name or no namespace. An entry that cannot be read wholly grants
 * nothing: a name of the wrong type must not become every name.
 */
export function readGrant(value: unknown): GrantObject | null {
  const facts = readObjectFacts(value, 'namespace');
  if (facts === null) return null;
  const { from, to } = objectOf(objectOf(value).spec);
  return {
    ...facts,
    from: listOf(from).flatMap((each) => {
      const { group, kind, namespace } = objectOf(each);
      const [kindText, namespaceText] = [textOf(kind), textOf(namespace)];
      if (typeof group !== 'string' || kindText === null || namespaceText === null) return [];
      return [{ group, kind: kindText, namespace: namespaceText }];
    }),
    to: listOf(to).flatMap((each) => {
      const { group, kind, name } = objectOf(each);
      const [kindText, nameText] = [textOf(kind), textOf(name)];
      if (typeof group !== 'string' || kindText === null || (isGiven(name) && nameText === null)) return [];
      return [{ group, kind: kindText, name: nameText }];
    }),
  };
}
