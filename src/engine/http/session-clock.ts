import type { Socket } from 'node:net';
import type { CloseReason } from '../../plan/close-reason.ts';
import { KEEPALIVE_AFTER_MS, type Session } from '../../session/session.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** How long a client that has not asked yet is waited for in a drain: what it sent may be on its way. */
const LAST_CALL_MS = 1000;

/** The deadlines of a session, in the worker's milliseconds: its age, its silence, and an end that was set. */
export class SessionClock {
  readonly #socket: Socket;
  readonly #session: Session;
  /** When the header has to be complete. */
  readonly headerMs: number;
  readonly #oldestMs: number;
  #keepaliveAtMs: number;
  #endMs = NEVER;

  constructor(socket: Socket, session: Session) {
    this.#socket = socket;
    this.#session = session;
    const { timeouts, admission } = session.rules.plan;
    const { maxSessionAgeMs, keepaliveMs } = timeouts;
    this.headerMs = session.acceptedAtMs + admission.headerTimeoutMs;
    this.#oldestMs = maxSessionAgeMs > 0 ? session.acceptedAtMs + maxSessionAgeMs : NEVER;
    this.#keepaliveAtMs = keepaliveMs > 0 ? session.acceptedAtMs + KEEPALIVE_AFTER_MS : NEVER;
  }

  /** It is to end soon, if nothing is asked before. */
  lastCall(): void {
    this.#endMs = Math.min(this.#endMs, this.#session.rules.context.now() + LAST_CALL_MS);
  }

  isTooOld(nowMs: number): boolean {
    return nowMs >= this.#oldestMs;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#endMs;
  }

  /** What a silence that has lasted too long is called; null where it has not. */
  silence(nowMs: number, halfClosed: boolean): CloseReason | null {
    const { ms, reason } = this.#session.silence(halfClosed);
    return ms > 0 && this.#session.lastActivityMs + ms <= nowMs ? reason : null;
  }

  /** Sets keepalive when it is time for it. */
  keepAlive(nowMs: number): void {
    if (nowMs < this.#keepaliveAtMs) return;
    this.#keepaliveAtMs = NEVER;
    this.#socket.setKeepAlive(true, this.#session.rules.plan.timeouts.keepaliveMs);
  }
}
