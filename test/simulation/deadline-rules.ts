import type { CloseReason } from '../../src/plan/close-reason.ts';
import type { CoursePhase } from '../../src/session/deadlines.ts';
import { becomesKnown } from './first-bytes-rules.ts';
import type { SimulatedSession } from './simulated-session.ts';
import { fail } from './violation.ts';

// In which phase a session has to be, when it has to be woken at the latest, and what a timer that fires leads to.

const NEVER = Number.POSITIVE_INFINITY;
const KEEPALIVE_AFTER_MS = 1000;

/** Where it has to be. */
export function phaseOf(session: SimulatedSession): CoursePhase {
  if (session.isClosed || session.isResetting) return 'over';
  if (session.isParting) return 'remainder';
  if (session.isRelaying) return 'relay';
  if (session.hasPlace) return 'connect';
  return session.isKnown ? 'place' : 'header';
}

/** Notes what is met by a timer that fires now, and gives the name of it. */
export function expectExpiry(session: SimulatedSession, nowMs: number): string {
  const { rules } = session;
  const { timeouts } = rules.plan;
  if (session.isResetting || session.isClosed) return 'none';
  if (nowMs >= after(session.acceptedAtMs, timeouts.maxSessionAgeMs)) {
    session.note('session_age', null);
    return 'age';
  }
  if (session.isParting) return 'none';
  const phase = phaseOf(session);
  if (phase === 'header' && nowMs >= headerAtMs(session)) {
    if (session.looksFor === 'optional' && session.sent === 0) becomesKnown(session, false);
    else session.note('header_timeout', null);
    return 'header';
  }
  if (phase === 'connect' && nowMs >= connectAtMs(session)) {
    session.connect.tellsTimeout();
    return 'connect';
  }
  if (phase === 'relay' && nowMs >= idleAtMs(session)) {
    session.note(silenceOf(session).reason, null);
    return 'idle';
  }
  if (nowMs >= session.heldUntilMs) return 'held';
  return nowMs >= keepaliveAtMs(session) ? 'keepalive' : 'none';
}

/** A side has ended: the time that it may be silent for from now on may be over, if a timer fires right now. */
export function expectSilence(session: SimulatedSession): void {
  if (session.isRelaying && session.host.nowMs >= idleAtMs(session))
    session.note(silenceOf(session).reason, null);
}

/** When it has to be woken at the latest. */
export function soonestMs(session: SimulatedSession): number {
  if (session.isResetting || session.isClosed) return NEVER;
  const age = after(session.acceptedAtMs, session.rules.plan.timeouts.maxSessionAgeMs);
  if (session.isParting) return age;
  const soonest = Math.min(age, session.heldUntilMs, keepaliveAtMs(session));
  if (session.isRelaying) return Math.min(soonest, idleAtMs(session));
  if (session.hasPlace) return Math.min(soonest, connectAtMs(session));
  return session.isKnown ? soonest : Math.min(soonest, headerAtMs(session));
}

function headerAtMs({ acceptedAtMs, rules }: SimulatedSession): number {
  return after(acceptedAtMs, rules.plan.admission.headerTimeoutMs);
}

function keepaliveAtMs({ acceptedAtMs, keepsAlive, rules }: SimulatedSession): number {
  return keepsAlive || rules.plan.timeouts.keepaliveMs === 0 ? NEVER : acceptedAtMs + KEEPALIVE_AFTER_MS;
}

function connectAtMs({ connect, rules }: SimulatedSession): number {
  return after(connect.beganAtMs, rules.plan.timeouts.connectMs);
}

function idleAtMs(session: SimulatedSession): number {
  return after(session.activeAtMs, silenceOf(session).ms);
}

function silenceOf({ halfClosed, rules }: SimulatedSession): {
  readonly ms: number;
  readonly reason: CloseReason;
} {
  const { idleMs, halfCloseMs } = rules.plan.timeouts;
  if (halfClosed && halfCloseMs > 0 && (idleMs === 0 || halfCloseMs < idleMs)) {
    return { ms: halfCloseMs, reason: 'half_close_timeout' };
  }
  return { ms: idleMs, reason: 'idle_timeout' };
}

function after(fromMs: number, ms: number): number {
  return ms > 0 ? fromMs + ms : NEVER;
}

/** A timer has fired: nothing is due any more. */
export function checkExpired(session: SimulatedSession, nowMs: number): void {
  if (session.isResetting || session.isClosed) return;
  const at = Math.min(soonestMs(session), session.atMs);
  if (at <= nowMs) fail(`still due at ${at} after the timer of ${nowMs}`);
}
