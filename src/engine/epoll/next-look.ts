import { KEEPALIVE_AFTER_MS, type Session } from '../../proxy/session.ts';

/**
 * When a session whose sides are connected is to be looked at again, in the worker's milliseconds; Infinity: never.
 * Traffic does not move its timer: when that is due it is seen how long nothing has moved.
 */
export function nextLookMs(session: Session, halfClosed: boolean, keepsAlive: boolean): number {
  const { ms } = session.silence(halfClosed);
  const idleAt = ms > 0 ? session.lastActivityMs + ms : Number.POSITIVE_INFINITY;
  const { userTimeoutMs, keepaliveMs } = session.rules.plan.timeouts;
  const now = session.rules.context.now();
  // Half of it, so that a peer that is lost is found within one and a half.
  const lostAt = userTimeoutMs > 0 ? now + userTimeoutMs / 2 : idleAt;
  const lookAt = keepsAlive || keepaliveMs === 0 ? lostAt : now + KEEPALIVE_AFTER_MS;
  return Math.min(idleAt, lookAt);
}
