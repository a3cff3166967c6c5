import { escapeInvisible } from './escape-invisible.ts';

const MAX_CHARS = 80;

/** What somebody wrote, as one short line for a message: quoted where it is text, nothing invisible in it. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = escapeInvisible(JSON.stringify(value));
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
}
