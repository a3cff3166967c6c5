import { objectOf } from '../json.ts';
import { keyOf, type ObjectKey, type WatchEvent } from './watch-event.ts';

/** What an object of the API is for us: a value, and of which Service. */
export interface Read<T> {
  readonly service: string;
  readonly value: T;
}

/** The Services whose values are others now. */
export type Changed = ReadonlySet<string>;

/** The objects of one list by name and by Service, as far as they could be read. */
export interface ResourceStore<T> {
  /** Those of a Service. */
  of(service: string): Iterable<T>;
  /** Takes a list for all that there is (W4): what is not in it has vanished. null where it is no list: nothing was touched. */
  replace(list: unknown): Changed | null;
  /** Takes an event. One that repeats itself changes nothing. */
  apply(event: Extract<WatchEvent, { key: ObjectKey }>): Changed;
}

interface Stored<T> extends ObjectKey {
  /** null where it is none of ours. */
  readonly read: Read<T> | null;
}

export function createResourceStore<T>(read: (object: unknown) => Read<T> | null): ResourceStore<T> {
  let stored = new Map<string, Stored<T>>();
  let byService = new Map<string, Map<string, T>>();

  function index({ name, read }: Stored<T>): void {
    if (read === null) return;
    const all = byService.get(read.service) ?? new Map<string, T>();
    byService.set(read.service, all.set(name, read.value));
  }

  function remove(known: Stored<T> | undefined): void {
    if (known === undefined) return;
    stored.delete(known.name);
    if (known.read === null) return;
    const all = byService.get(known.read.service);
    all?.delete(known.name);
    if (all?.size === 0) byService.delete(known.read.service);
  }

  return {
    of: (service) => byService.get(service)?.values() ?? [],
    replace(list) {
      const { items } = objectOf(list);
      if (!Array.isArray(items) && items !== null) return null;
      const next = new Map<string, Stored<T>>();
      const changed = new Set<string>();
      for (const object of items ?? []) {
        const key = keyOf(object);
        // The rest of the list is as good as ever.
        if (key === null) continue;
        const known = stored.get(key.name);
        const isKnown = known !== undefined && isSame(known, key);
        const taken = isKnown ? known : { ...key, read: read(object) };
        next.set(key.name, taken);
        if (!isKnown) note(changed, taken, known);
      }
      // Of objects none of which can be read nothing is known, and not that there are none.
      if (next.size === 0 && (items?.length ?? 0) > 0) return null;
      for (const [name, known] of stored) if (!next.has(name)) note(changed, known);
      stored = next;
      byService = new Map();
      for (const each of stored.values()) index(each);
      return changed;
    },
    apply({ type, key, object }) {
      const changed = new Set<string>();
      const known = stored.get(key.name);
      if (type === 'changed') {
        if (known !== undefined && isSame(known, key)) return changed;
        const taken = { ...key, read: read(object) };
        remove(known);
        stored.set(key.name, taken);
        index(taken);
        note(changed, taken, known);
        return changed;
      }
      // The end of one that has a successor of the same name already.
      if (known === undefined || known.uid !== key.uid) return changed;
      remove(known);
      note(changed, known);
      return changed;
    },
  };
}

/** An object may have been of another Service before. */
function note(changed: Set<string>, ...all: readonly (Stored<unknown> | undefined)[]): void {
  for (const each of all) if (each?.read) changed.add(each.read.service);
}

function isSame(a: ObjectKey, b: ObjectKey): boolean {
  return a.uid === b.uid && a.version === b.version;
}
