/** A value of YAML or JSON. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type Fields = { readonly [key: string]: Value };

/** Lists whose items are merged by a key of theirs, where kubectl does so; every other list is replaced as a whole. */
const MERGE_KEYS: { readonly [list: string]: readonly string[] } = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'port'],
};
/** A policy's ports and rules have no key. */
const ATOMIC_KINDS = ['NetworkPolicy'];

/**
 * A strategic merge patch as kustomize applies it, of which k8s/ uses this much: objects merge, null takes a
 * field away, keyed lists merge with new items in front, other lists are replaced.
 */
export function strategicMerge(kind: string, object: Fields, patch: Fields): Fields {
  const merged: { [key: string]: Value } = { ...object };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergeValue(kind, key, merged[key], value);
  }
  return merged;
}

function mergeValue(kind: string, key: string, old: Value | undefined, value: Value): Value {
  if (isFields(value)) return strategicMerge(kind, isFields(old) ? old : {}, value);
  const keys = ATOMIC_KINDS.includes(kind) ? undefined : MERGE_KEYS[key];
  if (!Array.isArray(value) || !Array.isArray(old) || keys === undefined) return value;
  return mergeItems(kind, keys, old, value);
}

function mergeItems(
  kind: string,
  keys: readonly string[],
  old: readonly Value[],
  patches: readonly Value[],
): Value {
  const identity = (item: Value) => {
    const key = keys.find((each) => isFields(item) && each in item);
    if (key === undefined) throw new Error(`an item without ${keys.join(' or ')}: ${JSON.stringify(item)}`);
    return (item as Fields)[key];
  };
  const known = new Set(old.map(identity));
  const added = patches.filter((patch) => !known.has(identity(patch)));
  const kept = old.map((item) => {
    const patch = patches.find((each) => identity(each) === identity(item));
    return patch === undefined ? item : strategicMerge(kind, item as Fields, patch as Fields);
  });
  return [...added, ...kept];
}

export function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
