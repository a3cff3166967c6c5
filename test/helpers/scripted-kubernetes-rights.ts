import type { ApiRequest } from './scripted-kubernetes-request.ts';

// RBAC: which requests of one ServiceAccount the Roles of a set of manifests allow.

interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Named {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** A manifest, as far as rights are concerned. */
export interface RightsManifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** What was asked, as a Role would have to grant it. */
export interface Asked {
  readonly verb: string;
  readonly group: string;
  /** `services/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Rights {
  /** Judges a request and remembers it. */
  allows(request: ApiRequest): boolean;
  /** What was refused, each once. */
  readonly refused: readonly Asked[];
  /** What was used, as `verb group/resource`. */
  readonly used: ReadonlySet<string>;
  /** What is granted and was not used, as `verb group/resource`. */
  unused(): readonly string[];
}

interface Grant {
  readonly rule: PolicyRule;
  /** null: everywhere. */
  readonly namespace: string | null;
}

/** The rights that these manifests give to a ServiceAccount. */
export function rbacOf(
  manifests: readonly RightsManifest[],
  account: { readonly namespace: string; readonly name: string },
): Rights {
  const grants = grantsOf(manifests, account);
  const used = new Set<string>();
  const refused = new Map<string, Asked>();
  return {
    used,
    get refused() {
      return [...refused.values()];
    },
    allows(request) {
      const asked = askedOf(request);
      const isAllowed = grants.some((grant) => covers(grant, asked));
      if (isAllowed) used.add(textOf(asked.verb, asked.group, asked.resource));
      else refused.set(JSON.stringify(asked), asked);
      return isAllowed;
    },
    unused: () => {
      const granted = grants.flatMap(({ rule: { verbs, apiGroups = [], resources = [] } }) =>
        verbs.flatMap((verb) =>
          apiGroups.flatMap((group) => resources.map((resource) => textOf(verb, group, resource))),
        ),
      );
      return [...new Set(granted)].filter((text) => !used.has(text)).sort();
    },
  };
}

function grantsOf(
  manifests: readonly RightsManifest[],
  account: { namespace: string; name: string },
): readonly Grant[] {
  const bindings = manifests.filter(({ kind, ...rest }) => {
    const subjects = (rest.subjects ?? []) as readonly Named[];
    const isOurs = (each: Named) =>
      each.kind === 'ServiceAccount' && each.name === account.name && each.namespace === account.namespace;
    return /^(Cluster)?RoleBinding$/.test(kind) && subjects.some(isOurs);
  });
  return bindings.flatMap(({ kind, metadata, roleRef }) => {
    const of = roleRef as Named;
    const namespace = kind === 'ClusterRoleBinding' ? null : (metadata.namespace ?? '');
    const role = manifests.find(
      (each) =>
        each.kind === of.kind &&
        each.metadata.name === of.name &&
        (of.kind === 'ClusterRole' || each.metadata.namespace === namespace),
    );
    if (role === undefined) throw new Error(`${kind} ${metadata.name} names no ${of.kind}: ${of.name}`);
    return ((role.rules ?? []) as readonly PolicyRule[]).map((rule) => ({ rule, namespace }));
  });
}

function askedOf({ verb, group, resource, subresource, namespace, name }: ApiRequest): Asked {
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  return { verb, group, resource: full, namespace, name };
}

function covers({ rule, namespace }: Grant, asked: Asked): boolean {
  const has = (list: readonly string[] | undefined, value: string) =>
    list?.some((each) => each === value || each === '*') ?? false;
  return (
    (namespace === null || namespace === asked.namespace) &&
    has(rule.verbs, asked.verb) &&
    has(rule.apiGroups, asked.group) &&
    has(rule.resources, asked.resource) &&
    // A name that is not known before the object is made cannot be granted by name.
    (rule.resourceNames === undefined || (asked.verb !== 'create' && rule.resourceNames.includes(asked.name)))
  );
}

function textOf(verb: string, group: string, resource: string): string {
  return `${verb} ${group === '' ? '' : `${group}/`}${resource}`;
}
