const MAX_CHARS = 80;

/** A written value as one short line for a message: text is quoted, invisible characters are escaped. */
export function showValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : escapeInvisible(jsonOf(value));
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
}

/** The value of a program may be one that JSON cannot express. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(beginningOf(value, { left: 2 * MAX_CHARS }, [])) ?? `a ${typeof value}`;
  } catch {
    return `a ${typeof value}`;
  }
}

/**
 * As much of a value as can be shown, assuming one character for each part: a file may have megabytes in one value, and
 * a thousand messages about it.
 */
function beginningOf(value: unknown, room: { left: number }, around: readonly unknown[]): unknown {
  room.left--;
  if (typeof value === 'string') return value.length > 2 * MAX_CHARS ? value.slice(0, 2 * MAX_CHARS) : value;
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  if (around.includes(value)) throw new TypeError('a circle');
  const within = [...around, value];
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      if (room.left <= 0) break;
      items.push(beginningOf(item, room, within));
    }
    return items;
  }
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(value)) {
    if (room.left <= 0) break;
    entries.push([key.slice(0, 2 * MAX_CHARS), beginningOf(Reflect.get(value, key), room, within)]);
  }
  return Object.fromEntries(entries);
}

/** Escapes characters that are invisible or control a terminal: `\u{1b}`. */
export function escapeInvisible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
}

/** `["listeners", 0, "trust"]` → `listeners[0].trust`; a key that is not a word is quoted in brackets. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w$]+$/.test(step)) return `[${showValue(step)}]`;
      return at === 0 ? step : `.${step}`;
    })
    .join('');
}
