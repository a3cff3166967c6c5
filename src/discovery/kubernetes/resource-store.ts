import { objectOf } from './json.ts';
import { keyOf, type ObjectKey, type WatchEvent } from './watch-event.ts';

/** The objects of one list by name, as far as they could be read. */
export interface ResourceStore<T> {
  values(): Iterable<T>;
  /**
   * Takes a list for all that there is (W4): what is not in it has vanished. True where that changed something,
   * null where it is no list, and nothing was touched.
   */
  replace(list: unknown): boolean | null;
  /** Takes an event. True where it changed something: one that repeats itself does not. */
  apply(event: Extract<WatchEvent, { key: ObjectKey }>): boolean;
}

interface Stored<T> extends ObjectKey {
  /** null where it is none of ours. */
  readonly value: T | null;
}

export function createResourceStore<T>(read: (object: unknown) => T | null): ResourceStore<T> {
  let stored = new Map<string, Stored<T>>();
  return {
    *values() {
      for (const { value } of stored.values()) if (value !== null) yield value;
    },
    replace(list) {
      const { items } = objectOf(list);
      if (!Array.isArray(items) && items !== null) return null;
      const before = stored;
      const next = new Map<string, Stored<T>>();
      let hasChanged = false;
      for (const object of items ?? []) {
        const key = keyOf(object);
        // The rest of the list is as good as ever.
        if (key === null) continue;
        const known = before.get(key.name);
        const isKnown = known !== undefined && isSame(known, key);
        next.set(key.name, isKnown ? known : { ...key, value: read(object) });
        if (!isKnown) hasChanged = true;
      }
      // Of objects none of which can be read nothing is known, and not that there are none.
      if (next.size === 0 && (items?.length ?? 0) > 0) return null;
      stored = next;
      return hasChanged || stored.size !== before.size;
    },
    apply({ type, key, object }) {
      const known = stored.get(key.name);
      if (type === 'changed') {
        if (known !== undefined && isSame(known, key)) return false;
        stored.set(key.name, { ...key, value: read(object) });
        return true;
      }
      // The end of one that has a successor of the same name already.
      if (known === undefined || known.uid !== key.uid) return false;
      return stored.delete(key.name);
    },
  };
}

function isSame(a: ObjectKey, b: ObjectKey): boolean {
  return a.uid === b.uid && a.version === b.version;
}
