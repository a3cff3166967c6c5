import type { Socket } from 'node:net';
import type { CloseReason } from '../../proxy/close-reason.ts';
import { KEEPALIVE_AFTER_MS, type Session } from '../../proxy/session.ts';

const NEVER = Number.POSITIVE_INFINITY;

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
    this.headerMs = session.lastActivityMs + admission.headerTimeoutMs;
    this.#oldestMs = maxSessionAgeMs > 0 ? session.lastActivityMs + maxSessionAgeMs : NEVER;
    this.#keepaliveAtMs = keepaliveMs > 0 ? session.lastActivityMs + KEEPALIVE_AFTER_MS : NEVER;
  }

  /** It is to end in so long, if nothing ends it before. */
  endIn(ms: number): void {
    this.#endMs = Math.min(this.#endMs, this.#session.rules.context.now() + ms);
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
