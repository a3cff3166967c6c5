import type { FailureNote } from './ops-state.ts';

/** A failure as the admin address tells it: `atMs` and `nowMs` are of the engines' clock. */
export function failureNote(reason: string, atMs: number, nowMs: number): FailureNote {
  const ms = Math.max(Math.round(nowMs - atMs), 0);
  return { reason, ms, at: new Date(Date.now() - ms).toISOString() };
}
