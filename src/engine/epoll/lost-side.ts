import { unansweredMs } from '../../linux/socket.ts';
import type { Side } from './side.ts';

/** The kernel counts in ticks of up to 10 ms, and not from ours. */
const TICK_MS = 10;

/** The side whose peer has acknowledged nothing of what was sent for so long; null: neither. */
export function lostSide(client: Side, endpoint: Side, userTimeoutMs: number, nowMs: number): Side | null {
  if (isLost(client, userTimeoutMs, nowMs)) return client;
  return isLost(endpoint, userTimeoutMs, nowMs) ? endpoint : null;
}

/**
 * The last answer may be old because nothing was sent for long, or because a peer that only sends confirms nothing new: what
 * was sent a moment ago is not lost then. So what waits has to have been seen waiting for so long, without an answer since.
 */
function isLost(side: Side, userTimeoutMs: number, nowMs: number): boolean {
  const silentMs = unansweredMs(side.fd);
  // Small enough to lie in the side itself: a number beyond 31 bits would be 16 bytes more of every side.
  const ageMs = Math.floor(nowMs - side.owner.ledger.acceptedAtMs);
  if (silentMs === 0) side.waitsSinceMs = -1;
  else if (side.waitsSinceMs < 0 || ageMs - silentMs > side.waitsSinceMs + TICK_MS) {
    side.waitsSinceMs = ageMs;
  }
  return side.waitsSinceMs >= 0 && ageMs - side.waitsSinceMs >= userTimeoutMs;
}
