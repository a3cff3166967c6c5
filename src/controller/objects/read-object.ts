import { isSubdomain } from '../../config/values/kubernetes-names.ts';
import { type JsonObject, listOf, objectOf, textOf } from '../../discovery/kubernetes/json.ts';
import type { ObjectFacts } from './cluster-objects.ts';

/** A DNS label (RFC 1123). */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * What every object has; null if it has no usable name. `scope`: whether objects of its kind are in a namespace. Never
 * throws, whatever the value is.
 */
export function readObjectFacts(value: unknown, scope: 'namespace' | 'cluster'): ObjectFacts | null {
  const meta = objectOf(objectOf(value).metadata);
  const name = textOf(meta.name);
  const namespace = scope === 'cluster' ? '' : textOf(meta.namespace);
  // Anything but a DNS subdomain could not be named in a path.
  if (name === null || namespace === null || !isSubdomain(name)) return null;
  if (scope === 'namespace' && !NAMESPACE.test(namespace)) return null;
  return {
    namespace,
    name,
    uid: textOf(meta.uid) ?? '',
    version: textOf(meta.resourceVersion) ?? '',
    generation: wholeOf(meta.generation) ?? 0,
    createdMs: timeOf(meta.creationTimestamp),
    isDeleted: textOf(meta.deletionTimestamp) !== null,
    annotations: readTexts(meta.annotations),
  };
}

/** The labels of an object. */
export function readLabels(value: unknown): { readonly [name: string]: string } {
  return readTexts(objectOf(objectOf(value).metadata).labels);
}

/** Entries of a map whose values are texts. Ask with `Object.hasOwn`: a label may be called `constructor`. */
function readTexts(value: unknown): { readonly [name: string]: string } {
  const entries = Object.entries(objectOf(value));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Items of a list that are texts and not empty. */
export function textsOf(value: unknown): string[] {
  return listOf(value).filter((each): each is string => typeof each === 'string' && each !== '');
}

/** Items of a list as objects; what is none counts as an empty one. */
export function objectsOf(value: unknown): JsonObject[] {
  return listOf(value).map(objectOf);
}

/** A whole number that is not negative, else null. */
export function wholeOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A port, 1 to 65535, else null. */
export function portOf(value: unknown): number | null {
  const port = wholeOf(value);
  return port !== null && port >= 1 && port <= 65_535 ? port : null;
}

function timeOf(value: unknown): number {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return ms > 0 ? ms : 0;
}
