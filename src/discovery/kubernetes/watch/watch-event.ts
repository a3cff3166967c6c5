import { type ApiFailure, failureOfStatus } from '../failure.ts';
import { objectOf, parseJson, textOf } from '../json.ts';

/** Identifies an object and its version. Versions are opaque (W1). */
export interface ObjectKey {
  /** `namespace/name`; the name alone for an object of the cluster. */
  readonly name: string;
  readonly uid: string;
  readonly version: string;
}

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'changed' | 'deleted'; readonly key: ObjectKey; readonly object: unknown }
  | { readonly type: 'bookmark'; readonly version: string }
  | { readonly type: 'error'; readonly failure: ApiFailure };

/** Parses a line. Null if it is not an event; such a line must not be skipped (W6). */
export function parseWatchEvent(line: string): WatchEvent | null {
  const { type, object } = objectOf(parseJson(line));
  if (type === 'ERROR') return { type: 'error', failure: failureOfStatus(object) };
  const version = versionOf(object);
  if (type === 'BOOKMARK') return version === null ? null : { type: 'bookmark', version };
  const key = keyOf(object);
  if (key === null) return null;
  if (type === 'ADDED' || type === 'MODIFIED') return { type: 'changed', key, object };
  return type === 'DELETED' ? { type: 'deleted', key, object } : null;
}

/** Null if the object has no name or no version. */
export function keyOf(object: unknown): ObjectKey | null {
  const { namespace, name, uid } = objectOf(objectOf(object).metadata);
  const version = versionOf(object);
  const named = textOf(name);
  if (named === null || version === null) return null;
  const place = textOf(namespace);
  return { name: place === null ? named : `${place}/${named}`, uid: textOf(uid) ?? '', version };
}

/** The resourceVersion of an object or a list. */
export function versionOf(object: unknown): string | null {
  return textOf(objectOf(objectOf(object).metadata).resourceVersion);
}
