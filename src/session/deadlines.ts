import type { CloseReason } from '../plan/close-reason.ts';
import type { Ledger } from './ledger.ts';

/**
 * Keepalive is set this long after the accept. It detects lost peers after a minute of silence, so sessions that end within a second
 * do not need the system calls.
 */
const KEEPALIVE_AFTER_MS = 1000;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The phase of a session. `place`: the client is known and waits for a place within its own limit. `remainder`: one side has broken,
 * and the other still receives what was in transit. `over`: its sockets are closed or being closed.
 */
export type CoursePhase = 'header' | 'place' | 'connect' | 'relay' | 'remainder' | 'over';

/** What the deadlines depend on. */
export interface DeadlineFacts {
  readonly ledger: Ledger;
  readonly phase: CoursePhase;
  readonly halfClosed: boolean;
  /** Until when bytes of a guarded client are held back; Infinity: none are. */
  readonly heldUntilMs: number;
  /** Whether keepalive is set. */
  readonly keepsAlive: boolean;
  /** The engine can tell whether a peer still acknowledges what it is sent. */
  readonly findsLost: boolean;
}

/**
 * The deadlines of a session. Each is derived from the times in the ledger, so none has to be set, moved or cleared. If several are
 * due, they are handled in this order.
 *
 *     age        every phase but `over`           accepted + --max-session-age      the session ends
 *     keepalive  up to the relay, until it is set accepted + 1 s                    keepalive is set
 *     held       while first bytes are held back  first held + 1 s                  they are passed on
 *     header     header                           accepted + --header-timeout       refused, or headerless where that is optional
 *     connect    connect                          dialed + --connect-timeout        the next endpoint
 *     idle       relay                            last activity + --idle-timeout    the session ends; sooner once half-closed
 *
 * The wait for a place and the remainder after a break have limits of their own (`PlaceWait`, the engine's remainder).
 */
const DEADLINES = ['age', 'keepalive', 'held', 'header', 'connect', 'idle'] as const;

export type DeadlineName = (typeof DEADLINES)[number];

/**
 * The earliest deadline, in the worker's milliseconds; Infinity: there is none. In a relay whose engine detects lost peers it is at most
 * half of --tcp-user-timeout from now, so that a lost peer is detected within one and a half. Traffic moves the idle deadline without
 * a call: a timer that was set for it may fire early, and is then set again.
 */
export function nextDeadlineMs(facts: DeadlineFacts, nowMs: number): number {
  const { phase, ledger } = facts;
  const looks = phase === 'relay' && facts.findsLost;
  let nextMs = looks ? after(nowMs, ledger.rules.plan.timeouts.tcpUserTimeoutMs / 2) : NEVER;
  for (const name of DEADLINES) nextMs = Math.min(nextMs, deadlineMs(name, facts, phase));
  return nextMs;
}

/** The first deadline that is due; null: none is. */
export function dueDeadline(facts: DeadlineFacts, nowMs: number): DeadlineName | null {
  const { phase } = facts;
  for (const name of DEADLINES) {
    if (nowMs >= deadlineMs(name, facts, phase)) return name;
  }
  return null;
}

function deadlineMs(name: DeadlineName, facts: DeadlineFacts, phase: CoursePhase): number {
  const { ledger } = facts;
  if (phase === 'over') return NEVER;
  if (name === 'age') return ageDeadlineMs(ledger);
  if (phase === 'remainder') return NEVER;
  if (name === 'keepalive') return facts.keepsAlive ? NEVER : keepaliveDeadlineMs(ledger);
  if (name === 'held') return facts.heldUntilMs;
  if (name === 'header') return phase === 'header' ? headerDeadlineMs(ledger) : NEVER;
  if (name === 'connect') return phase === 'connect' ? connectDeadlineMs(ledger) : NEVER;
  return phase === 'relay' ? idleDeadlineMs(ledger, facts.halfClosed) : NEVER;
}

export function ageDeadlineMs({ acceptedAtMs, rules }: Ledger): number {
  return after(acceptedAtMs, rules.plan.timeouts.maxSessionAgeMs);
}

export function keepaliveDeadlineMs({ acceptedAtMs, rules }: Ledger): number {
  return rules.plan.timeouts.keepaliveMs > 0 ? acceptedAtMs + KEEPALIVE_AFTER_MS : NEVER;
}

export function headerDeadlineMs({ acceptedAtMs, rules }: Ledger): number {
  return after(acceptedAtMs, rules.plan.admission.headerTimeoutMs);
}

export function connectDeadlineMs({ dialedAtMs, rules }: Ledger): number {
  return after(dialedAtMs, rules.plan.timeouts.connectMs);
}

export function idleDeadlineMs(ledger: Ledger, halfClosed: boolean): number {
  return after(ledger.lastActivityMs, silenceMs(ledger, halfClosed));
}

/** How long nothing may move; 0: without limit. */
export function silenceMs(ledger: Ledger, halfClosed: boolean): number {
  const { idleMs, halfCloseMs } = ledger.rules.plan.timeouts;
  return halfClosed && isSooner(halfCloseMs, idleMs) ? halfCloseMs : idleMs;
}

/** The reason of a session that ends because nothing has moved. */
export function silenceReason(ledger: Ledger, halfClosed: boolean): CloseReason {
  const { idleMs, halfCloseMs } = ledger.rules.plan.timeouts;
  return halfClosed && isSooner(halfCloseMs, idleMs) ? 'half_close_timeout' : 'idle_timeout';
}

function isSooner(ms: number, than: number): boolean {
  return ms > 0 && (than === 0 || ms < than);
}

/** 0 turns a timeout off. */
function after(fromMs: number, ms: number): number {
  return ms > 0 ? fromMs + ms : NEVER;
}
