import { objectOf } from '../json.ts';
import { keyOf, type ObjectKey, type WatchEvent } from './watch-event.ts';

/** The value read from an object of the API, and the Service that it belongs to (or the object itself, as `namespace/name`). */
export interface Read<T> {
  readonly service: string;
  readonly value: T;
}

/** The Services whose values have changed. */
export type Changed = ReadonlySet<string>;

/** The objects of one list that could be read, by name and by Service. A value is the same object until it changes. */
export interface ResourceStore<T> {
  /** All values, by `ObjectKey.name`. */
  readonly values: ReadonlyMap<string, T>;
  /** The values of a Service. */
  of(service: string): Iterable<T>;
  /** Begins to replace everything by a list (W4). `isReread`: what is stored is read again even if its version is the same. */
  replace(isReread?: boolean): Replacement;
  /** Applies an event. A repeated one changes nothing. */
  apply(event: Extract<WatchEvent, { key: ObjectKey }>): Changed;
}

/** A list that arrives in pages. Nothing changes until it is finished. */
export interface Replacement {
  /** One item of the page that is arriving. */
  addItem(item: unknown): void;
  /** The page without the items that were added. False if it is not a list. */
  add(page: unknown): boolean;
  finish(): Changed;
}

interface Stored<T> extends ObjectKey {
  /** null if the object is not wanted. */
  readonly read: Read<T> | null;
}

export function createResourceStore<T>(read: (object: unknown) => Read<T> | null): ResourceStore<T> {
  let stored = new Map<string, Stored<T>>();
  const values = new Map<string, T>();
  const byService = new Map<string, T[]>();

  /** Field by field: V8 gives a copy by `...` a hidden class of its own, which is larger than the copy. */
  function store({ name, uid, version }: ObjectKey, object: unknown): Stored<T> {
    return { name, uid, version, read: read(object) };
  }

  function index({ name, read }: Stored<T>): void {
    if (read === null) return;
    values.set(name, read.value);
    const all = byService.get(read.service);
    if (all === undefined) byService.set(read.service, [read.value]);
    else all.push(read.value);
  }

  function remove(known: Stored<T> | undefined): void {
    if (known?.read == null) return;
    values.delete(known.name);
    const { service, value } = known.read;
    const all = byService.get(service) ?? [];
    const at = all.indexOf(value);
    if (at >= 0) all.splice(at, 1);
    if (all.length === 0) byService.delete(service);
  }

  return {
    values,
    of: (service) => byService.get(service) ?? [],
    replace(isReread = false) {
      const next = new Map<string, Stored<T>>();
      let items = 0;
      let valid = 0;
      function addItem(object: unknown): void {
        items++;
        const key = keyOf(object);
        // An invalid item is skipped; the other items are valid.
        if (key === null) return;
        valid++;
        const known = stored.get(key.name);
        const isKnown = known !== undefined && isSame(known, key) && !isReread;
        next.set(key.name, isKnown ? known : store(key, object));
      }
      return {
        addItem,
        add(page) {
          const { items: rest } = objectOf(page);
          if (!Array.isArray(rest) && rest !== null) return false;
          for (const object of rest ?? []) addItem(object);
          // If no item is valid, nothing is known; that must not be mistaken for an empty list.
          return valid > 0 || items === 0;
        },
        finish() {
          const changed = new Set<string>();
          for (const [name, known] of stored) {
            const entry = next.get(name);
            if (entry === known) continue;
            remove(known);
            note(changed, known, entry);
          }
          for (const [name, entry] of next) {
            if (stored.get(name) === entry) continue;
            index(entry);
            note(changed, entry);
          }
          stored = next;
          return changed;
        },
      };
    },
    apply({ type, key, object }) {
      const changed = new Set<string>();
      const known = stored.get(key.name);
      if (type === 'changed') {
        if (known !== undefined && isSame(known, key)) return changed;
        const entry = store(key, object);
        remove(known);
        stored.set(key.name, entry);
        index(entry);
        note(changed, entry, known);
        return changed;
      }
      // A late deletion of an object that has already been replaced by another one of the same name.
      if (known === undefined || known.uid !== key.uid) return changed;
      remove(known);
      stored.delete(key.name);
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
