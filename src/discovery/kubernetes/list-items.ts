import { objectOf, parseJson } from './json.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = [0x7b, 0x5b];
const CLOSE = [0x7d, 0x5d];
/** Blanks and the comma. */
const BETWEEN = [0x20, 0x09, 0x0a, 0x0d, 0x2c];
const ITEMS = '"items":[';

/**
 * Parses a list of the API item by item, so that a large one is never in memory as a whole: what is not kept of an item is
 * garbage at once. Returns the list with `items` empty; undefined if it is not JSON, whatever items were passed on before.
 */
export function parseList(body: Buffer, onItem: (item: unknown) => void): unknown {
  const found = body.indexOf(ITEMS);
  // Another part of the list may have an `items`, too.
  if (found < 0 || depthAt(body, found) !== 1) return parseWhole(body, onItem);
  const first = found + ITEMS.length;
  const bounds = boundsOf(body, first);
  if (bounds === null) return parseWhole(body, onItem);
  const rest = parseJson(`${body.toString('utf8', 0, first)}${body.toString('utf8', bounds.end)}`);
  if (rest === undefined) return undefined;
  for (let at = 0; at < bounds.items.length; at += 2) {
    const item = parseJson(body.toString('utf8', bounds.items[at], bounds.items[at + 1]));
    if (item === undefined) return undefined;
    onItem(item);
  }
  return rest;
}

function parseWhole(body: Buffer, onItem: (item: unknown) => void): unknown {
  const list = parseJson(body.toString('utf8'));
  const { items } = objectOf(list);
  if (!Array.isArray(items)) return list;
  for (const item of items) onItem(item);
  return { ...objectOf(list), items: [] };
}

interface Bounds {
  /** Where each item begins and ends, in turns. */
  readonly items: readonly number[];
  /** Where the bracket is that closes the list. */
  readonly end: number;
}

/** How many objects and arrays are open there. */
function depthAt(body: Buffer, end: number): number {
  let depth = 0;
  for (let at = 0; at < end; at++) {
    const byte = body[at]!;
    if (byte === QUOTE) for (at++; at < end && body[at] !== QUOTE; at++) if (body[at] === BACKSLASH) at++;
    if (OPEN.includes(byte)) depth++;
    else if (CLOSE.includes(byte)) depth--;
  }
  return depth;
}

/** Null if there is anything but objects in the list, or no end. */
function boundsOf(body: Buffer, first: number): Bounds | null {
  const items: number[] = [];
  let depth = 0;
  for (let at = first; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === QUOTE && depth > 0) {
      for (at++; at < body.length && body[at] !== QUOTE; at++) if (body[at] === BACKSLASH) at++;
    } else if (OPEN.includes(byte)) {
      if (depth++ === 0) items.push(at);
    } else if (CLOSE.includes(byte)) {
      if (depth === 0) return byte === CLOSE[1] ? { items, end: at } : null;
      if (--depth === 0) items.push(at + 1);
    } else if (depth === 0 && !BETWEEN.includes(byte)) return null;
  }
  return null;
}
