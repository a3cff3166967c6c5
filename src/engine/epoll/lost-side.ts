import { unansweredMs } from '../../linux/socket.ts';
import type { Side } from './side.ts';

/** The kernel counts in ticks of up to 10 ms, on a clock of its own. */
const TICK_MS = 10;

/** The side whose peer has acknowledged nothing of the sent bytes for this long; null: neither. */
export function lostSide(client: Side, endpoint: Side, tcpUserTimeoutMs: number, nowMs: number): Side | null {
  if (isLost(client, tcpUserTimeoutMs, nowMs)) return client;
  return isLost(endpoint, tcpUserTimeoutMs, nowMs) ? endpoint : null;
}

/**
 * The last acknowledgement may be old only because nothing was sent for long. Then bytes sent a moment ago are not lost. So
 * unacknowledged bytes count only from the check that first found them.
 */
function isLost(side: Side, tcpUserTimeoutMs: number, nowMs: number): boolean {
  const silentMs = unansweredMs(side.fd);
  // V8 stores an integer of 31 bits in the object itself; any other number takes 16 more bytes for every side.
  const ageMs = Math.floor(nowMs - side.owner.ledger.acceptedAtMs);
  if (silentMs === 0) side.waitsSinceMs = -1;
  else if (side.waitsSinceMs < 0 || ageMs - silentMs > side.waitsSinceMs + TICK_MS) {
    side.waitsSinceMs = ageMs;
  }
  return side.waitsSinceMs >= 0 && ageMs - side.waitsSinceMs >= tcpUserTimeoutMs;
}
