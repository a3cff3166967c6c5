import { ERRNO } from '../../linux/errno.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import { KEEPALIVE_AFTER_MS, type Session } from '../../session/session.ts';
import { lostSide } from './lost-side.ts';
import type { Side } from './side.ts';

/** When a session is too old, whatever it does. */
export function oldestMs({ rules, acceptedAtMs }: Session): number {
  const { maxSessionAgeMs } = rules.plan.timeouts;
  return maxSessionAgeMs > 0 ? acceptedAtMs + maxSessionAgeMs : Number.POSITIVE_INFINITY;
}

/** What a look at a session whose sides are connected finds: a side that is lost, why it is over, or nothing. */
export function look(
  session: Session,
  sides: readonly Side[],
  halfClosed: boolean,
  nowMs: number,
): Side | CloseReason | null {
  const lost = lostSide(sides, session.rules.plan.timeouts.tcpUserTimeoutMs, nowMs);
  if (lost !== undefined) {
    // A read would wait on: the kernel does.
    lost.error = ERRNO.ETIMEDOUT;
    return lost;
  }
  const { ms, reason } = session.silence(halfClosed);
  return ms > 0 && session.lastActivityMs + ms <= nowMs ? reason : null;
}

/**
 * When a session whose sides are connected is to be looked at again, in the worker's milliseconds; Infinity: never.
 * Traffic does not move its timer: when that is due it is seen how long nothing has moved.
 */
export function nextLookMs(session: Session, halfClosed: boolean, keepsAlive: boolean): number {
  const { ms } = session.silence(halfClosed);
  const idleAt = ms > 0 ? session.lastActivityMs + ms : Number.POSITIVE_INFINITY;
  const { tcpUserTimeoutMs, keepaliveMs } = session.rules.plan.timeouts;
  const now = session.rules.context.now();
  // Half of it, so that a peer that is lost is found within one and a half.
  const lostAt = tcpUserTimeoutMs > 0 ? now + tcpUserTimeoutMs / 2 : idleAt;
  const lookAt = keepsAlive || keepaliveMs === 0 ? lostAt : now + KEEPALIVE_AFTER_MS;
  return Math.min(idleAt, lookAt);
}
