/** A kind of object that the scripted API stores. */
export interface ApiKind {
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly versions: readonly string[];
  readonly resource: string;
  readonly isNamespaced: boolean;
  /** `/status` is a subresource: it does not change the generation, and the object's own path does not change it. */
  readonly hasStatus: boolean;
  /** It comes with a CustomResourceDefinition, so a cluster may be without it. */
  readonly isCustom: boolean;
  /** Lists whose elements server-side apply merges by these fields, by their path; every other list is atomic. */
  readonly mapLists: { readonly [path: string]: readonly string[] };
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io';
const CONDITIONS = { 'status.conditions': ['type'] };

type Row = Pick<ApiKind, 'kind' | 'resource'> & Partial<ApiKind>;

function row(more: Row): ApiKind {
  return {
    ...{ group: '', versions: ['v1'], isNamespaced: true, hasStatus: false, isCustom: false, mapLists: {} },
    ...more,
  };
}

function custom(more: Row): ApiKind {
  return row({ group: GATEWAY_GROUP, hasStatus: true, isCustom: true, mapLists: CONDITIONS, ...more });
}

/** Kinds that Herald or its tests use; which of their lists are maps is what their schemas say. */
export const KINDS: readonly ApiKind[] = [
  row({
    kind: 'Service',
    resource: 'services',
    hasStatus: true,
    mapLists: { 'spec.ports': ['port', 'protocol'], ...CONDITIONS },
  }),
  row({ kind: 'Namespace', resource: 'namespaces', isNamespaced: false, hasStatus: true }),
  row({ kind: 'Node', resource: 'nodes', isNamespaced: false, hasStatus: true, mapLists: CONDITIONS }),
  row({ kind: 'Pod', resource: 'pods', hasStatus: true, mapLists: CONDITIONS }),
  row({ kind: 'Secret', resource: 'secrets' }),
  row({ kind: 'Event', resource: 'events' }),
  row({ kind: 'Event', resource: 'events', group: 'events.k8s.io' }),
  row({ kind: 'EndpointSlice', resource: 'endpointslices', group: 'discovery.k8s.io' }),
  row({ kind: 'Lease', resource: 'leases', group: 'coordination.k8s.io' }),
  custom({
    kind: 'GatewayClass',
    resource: 'gatewayclasses',
    isNamespaced: false,
    mapLists: { ...CONDITIONS, 'status.supportedFeatures': ['name'] },
  }),
  custom({
    kind: 'Gateway',
    resource: 'gateways',
    mapLists: {
      ...CONDITIONS,
      'spec.listeners': ['name'],
      'status.listeners': ['name'],
      'status.listeners.conditions': ['type'],
    },
  }),
  custom({ kind: 'TCPRoute', resource: 'tcproutes', versions: ['v1', 'v1alpha2'], mapLists: {} }),
  custom({ kind: 'TLSRoute', resource: 'tlsroutes', versions: ['v1', 'v1alpha2'], mapLists: {} }),
  custom({ kind: 'UDPRoute', resource: 'udproutes', versions: ['v1', 'v1alpha2'], mapLists: {} }),
  custom({
    kind: 'ReferenceGrant',
    resource: 'referencegrants',
    versions: ['v1', 'v1beta1'],
    hasStatus: false,
    mapLists: {},
  }),
];

export function kindOf(kind: string): ApiKind {
  const found = KINDS.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`the scripted API has no kind ${kind}`);
  return found;
}

/** Which versions of which kinds are served: custom ones come and go. */
export class ServedKinds {
  readonly #versions = new Map(KINDS.map((each) => [each, each.versions]));

  /** Of custom kinds, these versions are served from now on; none: its definition is removed. */
  serve(kind: string, versions: readonly string[]): void {
    this.#versions.set(kindOf(kind), versions);
  }

  find(group: string, version: string, resource: string): ApiKind | null {
    const found = KINDS.find((each) => each.group === group && each.resource === resource);
    return found !== undefined && this.#versions.get(found)!.includes(version) ? found : null;
  }
}
