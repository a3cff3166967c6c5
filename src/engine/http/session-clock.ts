import type { Socket } from 'node:net';
import type { CloseReason } from '../../plan/close-reason.ts';
import { idleDeadlineMs, KEEPALIVE_AFTER_MS, silenceReason } from '../../session/deadlines.ts';
import type { Ledger } from '../../session/ledger.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** How long a client that has not asked yet is waited for in a drain: what it sent may be on its way. */
const LAST_CALL_MS = 1000;

/** The deadlines of a session, in the worker's milliseconds: its age, its silence, and an end that was set. */
export class SessionClock {
  readonly #socket: Socket;
  readonly #ledger: Ledger;
  /** When the header has to be complete. */
  readonly headerMs: number;
  readonly #oldestMs: number;
  #keepaliveAtMs: number;
  #endMs = NEVER;

  constructor(socket: Socket, ledger: Ledger) {
    this.#socket = socket;
    this.#ledger = ledger;
    const { timeouts, admission } = ledger.rules.plan;
    const { maxSessionAgeMs, keepaliveMs } = timeouts;
    this.headerMs = ledger.acceptedAtMs + admission.headerTimeoutMs;
    this.#oldestMs = maxSessionAgeMs > 0 ? ledger.acceptedAtMs + maxSessionAgeMs : NEVER;
    this.#keepaliveAtMs = keepaliveMs > 0 ? ledger.acceptedAtMs + KEEPALIVE_AFTER_MS : NEVER;
  }

  /** It is to end soon, if nothing is asked before. */
  lastCall(): void {
    this.#endMs = Math.min(this.#endMs, this.#ledger.rules.context.now() + LAST_CALL_MS);
  }

  isTooOld(nowMs: number): boolean {
    return nowMs >= this.#oldestMs;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#endMs;
  }

  /** What a silence that has lasted too long is called; null where it has not. */
  silence(nowMs: number, halfClosed: boolean): CloseReason | null {
    const ledger = this.#ledger;
    return nowMs >= idleDeadlineMs(ledger, halfClosed) ? silenceReason(ledger, halfClosed) : null;
  }

  /** Sets keepalive when it is time for it. */
  keepAlive(nowMs: number): void {
    if (nowMs < this.#keepaliveAtMs) return;
    this.#keepaliveAtMs = NEVER;
    this.#socket.setKeepAlive(true, this.#ledger.rules.plan.timeouts.keepaliveMs);
  }
}
