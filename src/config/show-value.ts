import { escapeInvisible } from './escape-invisible.ts';

const MAX_CHARS = 80;

/** What somebody wrote, as one short line for a message: quoted where it is text, nothing invisible in it. */
export function showValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : escapeInvisible(jsonOf(value));
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
}

/** A program that hands in its configuration can hand in what JSON does not know. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? `a ${typeof value}`;
  } catch {
    return `a ${typeof value}`;
  }
}
