import type { CloseReason } from '../plan/close-reason.ts';
import { silenceMs } from './deadlines.ts';
import type { Ledger } from './ledger.ts';

/** One of the two connections of a session. */
export type SideName = 'client' | 'endpoint';

/** What is known of a connection that broke while both were connected. */
export interface BrokenSide {
  readonly side: SideName;
  /** What the session ends by. */
  readonly reason: CloseReason;
  /** It had ended its stream before: what it sent is all there was. */
  readonly whole: boolean;
  /** It refused what it was being sent. */
  readonly refusing: boolean;
}

/** How long a client that has its whole answer may go on sending (`WorkerContext.lingerMs`, shorter in tests), and how much of that is read. */
export const LINGER_MS = 2000;
export const LINGER_BYTES = 1 << 20;
/** A client that has sent so much more than it was answered was in the middle of an upload. */
const UPLOAD_BYTES = 4096;
/** How long a peer may take nothing of what was left for it; less if a half-closed session may be silent for less. */
const STUCK_MS = 10_000;

/**
 * How the side that is left is told, once all that the broken one had sent is delivered:
 *
 * - `fin`: a client that has a whole answer, or is sending. What it sends is read and thrown away until its own end.
 * - `reset`: anybody else, once it has taken what it was sent: a reset throws away what the kernel still holds for it.
 * - `watch`: it may be about to send, or not have read yet. If it sends it is told by `fin`, else by `reset`.
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
  // An endpoint that does not answer any more has refused nothing, and what the client has of it is no answer.
  const lost = reason === 'endpoint_lost';
  if (left.ended || lost || bytesToClient === 0) return 'reset';
  if (left.sending || refusing || bytesToEndpoint - bytesToClient > UPLOAD_BYTES) return 'fin';
  return lastActivityMs + rules.context.lingerMs < nowMs ? 'reset' : 'watch';
}

/** How long the side that is left may take nothing, in milliseconds. */
export function stuckMs(ledger: Ledger): number {
  return Math.min(silenceMs(ledger, true) || STUCK_MS, STUCK_MS);
}
