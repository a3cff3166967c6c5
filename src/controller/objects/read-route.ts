import { listOf, objectOf, textOf } from '../../discovery/kubernetes/json.ts';
import type { BackendRef, ObservedParent, ParentRef, RouteObject } from './cluster-objects.ts';
import { GATEWAY_GROUP } from './gateway-api.ts';
import { readConditions } from './read-conditions.ts';
import { groupOf } from './read-gateway.ts';
import { portOf, readObjectFacts, wholeOf } from './read-object.ts';

// The most that the schema allows; v1alpha2 allowed 16 rules.
const MAX_PARENTS = 32;
const MAX_RULES = 16;
const MAX_BACKENDS = 16;
const MAX_WEIGHT = 1_000_000;

const UNREADABLE: ParentRef = {
  group: '',
  kind: '',
  namespace: null,
  name: '',
  sectionName: null,
  port: null,
};

/** An object of the API → TCPRoute; null if it has no name or no namespace. References without a name are left out. */
export function readTcpRoute(value: unknown): RouteObject | null {
  const facts = readObjectFacts(value, 'namespace');
  if (facts === null) return null;
  const { apiVersion, spec, status } = objectOf(value);
  const { parentRefs, rules } = objectOf(spec);
  return {
    ...facts,
    kind: 'TCPRoute',
    apiVersion: apiVersion === `${GATEWAY_GROUP}/v1alpha2` ? 'v1alpha2' : 'v1',
    parentRefs: listOf(parentRefs).slice(0, MAX_PARENTS).flatMap(readParentRef),
    rules: listOf(rules).slice(0, MAX_RULES).map(readRule),
    parents: listOf(objectOf(status).parents).flatMap(readParent),
  };
}

function readParentRef(value: unknown): readonly ParentRef[] {
  const { group, kind, namespace, name, sectionName, port } = objectOf(value);
  const key = textOf(name);
  if (key === null) return [];
  return [
    {
      group: groupOf(group, GATEWAY_GROUP),
      kind: textOf(kind) ?? 'Gateway',
      namespace: textOf(namespace),
      name: key,
      sectionName: textOf(sectionName),
      port: portOf(port),
    },
  ];
}

function readRule(value: unknown): readonly BackendRef[] {
  return listOf(objectOf(value).backendRefs).slice(0, MAX_BACKENDS).flatMap(readBackendRef);
}

function readBackendRef(value: unknown): readonly BackendRef[] {
  const { group, kind, namespace, name, port, weight } = objectOf(value);
  const key = textOf(name);
  if (key === null) return [];
  return [
    {
      group: groupOf(group, ''),
      kind: textOf(kind) ?? 'Service',
      namespace: textOf(namespace),
      name: key,
      port: portOf(port),
      weight: Math.min(wholeOf(weight) ?? 1, MAX_WEIGHT),
    },
  ];
}

/** Entries whose parent cannot be read are kept too: they are another controller's, and are written back as they are. */
function readParent(value: unknown): readonly ObservedParent[] {
  const { parentRef, controllerName, conditions } = objectOf(value);
  const [ref] = readParentRef(parentRef);
  return [
    {
      parentRef: ref ?? UNREADABLE,
      controllerName: textOf(controllerName) ?? '',
      conditions: readConditions(conditions),
      raw: value,
    },
  ];
}
