import type { ConditionWish } from '../translation.ts';
import type { Finding } from './judge-listeners.ts';

/** False for the reason of the finding; True, with the reason that the specification names, if there is none. */
export function conditionOf(type: string, finding: Finding | null, good: Finding): ConditionWish {
  const { reason, message } = finding ?? good;
  return { type, status: finding === null ? 'True' : 'False', reason, message: sentence(message) };
}

/** The API allows 32 KiB; names of many listeners, or of a schema that is broken, could be longer. */
const MAX_MESSAGE = 1024;

/** A message as a sentence: the API shows it to people as it is. */
function sentence(message: string): string {
  const text = message.slice(0, 1).toUpperCase() + message.slice(1);
  if (text.length > MAX_MESSAGE) return `${text.slice(0, MAX_MESSAGE)}…`;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
