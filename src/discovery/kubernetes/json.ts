// What an API sends is read field by field, and never believed: a field of another kind is a field that is not there.

export type JsonObject = { readonly [key: string]: unknown };

/** Parses one text; undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object that `value` is, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** The list that `value` is, else an empty one: Go writes `null` for a list that nobody filled (E7). */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text that `value` is, else null; an empty one is null too. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
