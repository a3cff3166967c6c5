import { ERRNO } from '../../linux/errno.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import { idleDeadlineMs, KEEPALIVE_AFTER_MS, silenceReason } from '../../session/deadlines.ts';
import type { Ledger } from '../../session/ledger.ts';
import { lostSide } from './lost-side.ts';
import type { Side } from './side.ts';

/** When a session is too old, whatever it does. */
export function oldestMs({ rules, acceptedAtMs }: Ledger): number {
  const { maxSessionAgeMs } = rules.plan.timeouts;
  return maxSessionAgeMs > 0 ? acceptedAtMs + maxSessionAgeMs : Number.POSITIVE_INFINITY;
}

/** What a look at a session whose sides are connected finds: a side that is lost, why it is over, or nothing. */
export function look(
  ledger: Ledger,
  sides: readonly Side[],
  halfClosed: boolean,
  nowMs: number,
): Side | CloseReason | null {
  const lost = lostSide(sides, ledger.rules.plan.timeouts.userTimeoutMs, nowMs);
  if (lost !== undefined) {
    // A read would wait on: the kernel does.
    lost.error = ERRNO.ETIMEDOUT;
    return lost;
  }
  return idleDeadlineMs(ledger, halfClosed) <= nowMs ? silenceReason(ledger, halfClosed) : null;
}

/**
 * When a session whose sides are connected is to be looked at again, in the worker's milliseconds; Infinity: never.
 * Traffic does not move its timer: when that is due it is seen how long nothing has moved.
 */
export function nextLookMs(ledger: Ledger, halfClosed: boolean, keepsAlive: boolean): number {
  const idleAt = idleDeadlineMs(ledger, halfClosed);
  const { userTimeoutMs, keepaliveMs } = ledger.rules.plan.timeouts;
  const now = ledger.rules.context.now();
  // Half of it, so that a peer that is lost is found within one and a half.
  const lostAt = userTimeoutMs > 0 ? now + userTimeoutMs / 2 : idleAt;
  const lookAt = keepsAlive || keepaliveMs === 0 ? lostAt : now + KEEPALIVE_AFTER_MS;
  return Math.min(idleAt, lookAt);
}
