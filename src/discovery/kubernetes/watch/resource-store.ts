import { objectOf } from '../json.ts';
import { keyOf, type ObjectKey, type WatchEvent } from './watch-event.ts';

/** The value read from an object of the API, and the Service that it belongs to. */
export interface Read<T> {
  readonly service: string;
  readonly value: T;
}

/** The Services whose values have changed. */
export type Changed = ReadonlySet<string>;

/** The objects of one list that could be read, by name and by Service. */
export interface ResourceStore<T> {
  /** The values of a Service. */
  of(service: string): Iterable<T>;
  /** Replaces everything by a list (W4). Returns null, without a change, if it is not a list. */
  replace(list: unknown): Changed | null;
  /** Applies an event. A repeated one changes nothing. */
  apply(event: Extract<WatchEvent, { key: ObjectKey }>): Changed;
}

interface Stored<T> extends ObjectKey {
  /** null if the object is not wanted. */
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
        // An invalid item is skipped; the other items are valid.
        if (key === null) continue;
        const known = stored.get(key.name);
        const isKnown = known !== undefined && isSame(known, key);
        const entry = isKnown ? known : { ...key, read: read(object) };
        next.set(key.name, entry);
        if (!isKnown) note(changed, entry, known);
      }
      // If no item is valid, nothing is known; that must not be mistaken for an empty list.
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
        const entry = { ...key, read: read(object) };
        remove(known);
        stored.set(key.name, entry);
        index(entry);
        note(changed, entry, known);
        return changed;
      }
      // A late deletion of an object that has already been replaced by another one of the same name.
      if (known === undefined || known.uid !== key.uid) return changed;
      remove(known);
      note(changed, known);
      return changed;
    },
  };
}

/** Marks the Services of old and new versions: an object may have moved from another Service. */
function note(changed: Set<string>, ...all: readonly (Stored<unknown> | undefined)[]): void {
  for (const each of all) if (each?.read) changed.add(each.read.service);
}

function isSame(a: ObjectKey, b: ObjectKey): boolean {
  return a.uid === b.uid && a.version === b.version;
}
