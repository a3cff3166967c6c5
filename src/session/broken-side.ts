import type { CloseReason } from '../plan/close-reason.ts';
import { silenceMs } from './deadlines.ts';
import type { Ledger } from './ledger.ts';

/** One of the two connections of a session. */
export type SideName = 'client' | 'endpoint';

/** A connection that broke while both were connected. */
export interface BrokenSide {
  readonly side: SideName;
  /** The reason with which the session ends. */
  readonly reason: CloseReason;
  /** It had ended its stream before, so what it sent is complete. */
  readonly whole: boolean;
  /** It broke while we were sending to it. */
  readonly refusing: boolean;
}

/** The limits of a lingering close: how long, and how much, a client with a complete answer may still send (`WorkerContext.lingerMs`). */
export const LINGER_MS = 2000;
export const LINGER_BYTES = 1 << 20;
/** If a client has sent this much more than it has received, it was in the middle of an upload. */
const UPLOAD_BYTES = 4096;
/** How long a peer may read nothing of the rest; less if the half-close timeout is shorter. */
const STUCK_MS = 10_000;

/**
 * How the remaining side is closed once everything that the broken one had sent is delivered:
 *
 * - `fin`: a client with a complete answer, or one that is sending. What it sends is read and discarded until its stream ends.
 * - `reset`: any other, once it has read what it was sent, because a reset discards what the kernel still holds for it.
 * - `watch`: undecided, because it may be about to send, or may not have read yet. If it sends, `fin` follows, otherwise `reset`.
 *
 * `left.sending`: it has sent something since the break.
 */
export function farewell(
  { bytesToClient, bytesToEndpoint, lastActivityMs, rules }: Ledger,
  { side, reason, whole, refusing }: BrokenSide,
  left: { readonly ended: boolean; readonly sending: boolean },
  nowMs: number,
): 'fin' | 'reset' | 'watch' {
  if (side === 'client') return 'reset';
  if (whole) return 'fin';
  // A lost endpoint has not refused anything, and what the client has received of it is not a complete answer.
  const lost = reason === 'endpoint_lost';
  if (left.ended || lost || bytesToClient === 0) return 'reset';
  if (left.sending || refusing || bytesToEndpoint - bytesToClient > UPLOAD_BYTES) return 'fin';
  return lastActivityMs + rules.context.lingerMs < nowMs ? 'reset' : 'watch';
}

/** How long the remaining side may read nothing, in milliseconds. */
export function stuckMs(ledger: Ledger): number {
  return Math.min(silenceMs(ledger, true) || STUCK_MS, STUCK_MS);
}
