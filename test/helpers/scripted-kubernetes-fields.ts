import { isDeepStrictEqual } from 'node:util';

// Patches as the API server applies them, on plain JSON: merge patches, and server-side apply with the owners of fields.

export interface Fields {
  readonly [name: string]: unknown;
}

/** Which lists are maps, by the path of the list; `Gateway` has `status.listeners.conditions: ['type']`. */
export type MapLists = { readonly [path: string]: readonly string[] };

/** A field's path: names, and for an element of a list that is a map, its keys as JSON. */
type Path = readonly string[];

/** The fields that each manager owns, as JSON of their paths. */
export type Owners = ReadonlyMap<string, ReadonlySet<string>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7396: null removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: { [name: string]: unknown } = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/** Result of an apply: the object and its new owners, or the managers that own a field that would change. */
export type Applied =
  | { readonly fields: Fields; readonly owners: Owners }
  | { readonly conflicts: readonly string[] };

/** Server-side apply: sets the fields of `wish`, and removes those that this manager owned alone and no longer applies. */
export function apply(
  current: Fields,
  owners: Owners,
  wish: Fields,
  {
    manager,
    isForced,
    lists,
  }: { readonly manager: string; readonly isForced: boolean; readonly lists: MapLists },
): Applied {
  const wished = leavesOf(wish, lists);
  const present = leavesOf(current, lists);
  const contested = [...wished].filter(([path, value]) => !isDeepStrictEqual(present.get(path), value));
  const others = [...owners].filter(([name]) => name !== manager);
  const conflicts = others.filter(([, fields]) => contested.some(([path]) => fields.has(path)));
  if (conflicts.length > 0 && !isForced) return { conflicts: conflicts.map(([name]) => name) };

  const before = owners.get(manager) ?? new Set();
  const dropped = [...before].filter(
    (path) => !wished.has(path) && !others.some(([, fields]) => fields.has(path)),
  );
  const leaves = new Map([...present].filter(([path]) => !dropped.includes(path)));
  for (const [path, value] of wished) leaves.set(path, value);
  const after = new Map(others.map(([name, fields]) => [name, without(fields, contested)] as const));
  return {
    fields: rebuild(leaves, lists),
    owners: new Map([...after, [manager, new Set(wished.keys())]]),
  };
}

/** Owners after an update that is no apply: whoever changes a field owns it. */
export function ownersAfter(
  owners: Owners,
  before: Fields,
  after: Fields,
  manager: string,
  lists: MapLists,
): Owners {
  const present = leavesOf(before, lists);
  const left = leavesOf(after, lists);
  const changed = [...left].filter(([path, value]) => !isDeepStrictEqual(present.get(path), value));
  const gone = [...present].filter(([path]) => !left.has(path));
  if (changed.length === 0 && gone.length === 0) return owners;
  const kept = [...owners].map(([name, fields]) => [name, without(fields, [...changed, ...gone])] as const);
  const own = new Map(kept).get(manager) ?? new Set<string>();
  return new Map([...kept, [manager, new Set([...own, ...changed.map(([path]) => path)])]]);
}

function without(fields: ReadonlySet<string>, leaves: readonly (readonly [string, unknown])[]): Set<string> {
  const kept = new Set(fields);
  for (const [path] of leaves) kept.delete(path);
  return kept;
}

/** Every leaf of an object by its path: a scalar, an atomic list, an empty object or list. */
function leavesOf(fields: Fields, lists: MapLists): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const walk = (value: unknown, path: Path, place: string): void => {
    const keys = lists[place];
    if (isFields(value) && Object.keys(value).length > 0) {
      for (const [name, child] of Object.entries(value)) {
        walk(child, [...path, name], place === '' ? name : `${place}.${name}`);
      }
    } else if (Array.isArray(value) && keys !== undefined && value.length > 0) {
      for (const element of value as readonly Fields[]) {
        const key = JSON.stringify(Object.fromEntries(keys.map((name) => [name, element[name]])));
        walk(element, [...path, key], place);
      }
    } else leaves.set(JSON.stringify(path), value);
  };
  // An element of a map list is an object, so its own place never is that of a list again.
  for (const [name, value] of Object.entries(fields)) walk(value, [name], name);
  return leaves;
}

function rebuild(leaves: ReadonlyMap<string, unknown>, lists: MapLists): Fields {
  const root: { [name: string]: unknown } = {};
  for (const [path, value] of leaves) {
    let at = root;
    const steps: Path = JSON.parse(path);
    for (const step of steps.slice(0, -1)) {
      const next = isFields(at[step]) ? { ...(at[step] as Fields) } : {};
      at[step] = next;
      at = next;
    }
    at[steps.at(-1)!] = value;
  }
  return listsOf(root, '', lists) as Fields;
}

/** Turns what stands for a map list, an object by keys, back into a list. */
function listsOf(value: unknown, place: string, lists: MapLists): unknown {
  if (!isFields(value)) return value;
  if (lists[place] !== undefined && Object.keys(value).every((key) => key.startsWith('{'))) {
    return Object.values(value).map((element) => fieldsOf(element as Fields, place, lists));
  }
  return fieldsOf(value, place, lists);
}

function fieldsOf(value: Fields, place: string, lists: MapLists): Fields {
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      listsOf(child, place === '' ? name : `${place}.${name}`, lists),
    ]),
  );
}
