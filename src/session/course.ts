import type { CloseReason } from '../plan/close-reason.ts';
import { breakReason } from '../plan/errno-reasons.ts';
import type { Header } from '../wire/header.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import type { SideName } from './broken-side.ts';
import {
  type CoursePhase,
  type DeadlineFacts,
  type DeadlineName,
  dueDeadline,
  nextDeadlineMs,
  silenceReason,
} from './deadlines.ts';
import { FirstBytes } from './first-bytes.ts';
import type { HeaderReader, HeaderVerdict } from './header-reader.ts';
import type { Ledger } from './ledger.ts';
import type { PlaceSeeker } from './place-wait.ts';
import type { SessionCarrier } from './session-carrier.ts';

const NEVER = Number.POSITIVE_INFINITY;

const CLIENT_ENDED = 1;
const ENDPOINT_ENDED = 2;
const ENDPOINT_FIRST = 4;
const KEEPS_ALIVE = 8;
const OVER = 16;

/**
 * The life of one session, without sockets and without a clock. Input: events. Output: calls of its carrier, one of which sets the
 * next deadline (`wakeAt`). It ends once, with one reason. All engines that carry bytes use it.
 *
 *     start ──▶ header ──▶ place ──▶ connect ──▶ relay ──▶ remainder ──▶ over
 *               read()     placed()  dialReached()  ended()   closed()
 *                                    dialFailed()   broke()
 *
 *     header     the client's first bytes are judged: a header, none, or a refusal (`HeaderReader`). A headerless client may be guarded:
 *                an endpoint is dialed at once, and its bytes are judged until they cannot become a header (`readsFirst`)
 *     place      the client is known, and waits for a place within its own limit (`PlaceWait`)
 *     connect    an endpoint is picked and dialed (`Attempt`)
 *     relay      the engine moves bytes and reports ends and breaks
 *     remainder  one side broke; the engine delivers the rest
 *
 * The ledger counts, and `deadlines.ts` says when something is due. Events that come too late are ignored.
 */
export class Course implements AttemptOwner, DeadlineFacts, PlaceSeeker {
  readonly ledger: Ledger;
  readonly #carrier: SessionCarrier;
  /** Null once the client's first bytes are decided. */
  #first: FirstBytes | null;
  /** Null unless an endpoint is being picked or dialed. */
  #attempt: Attempt | null = null;
  /** All flags in one field, to save memory in idle sessions. */
  #bits = 0;
  /** Why it ends; null while that is open. If nothing fails, it stays null, and `closed` chooses the reason. */
  #reason: CloseReason | null = null;
  #detail: string | null = null;

  /** `reader` null: the client's first bytes need not be looked at. */
  constructor(ledger: Ledger, reader: HeaderReader | null, carrier: SessionCarrier) {
    this.ledger = ledger;
    this.#first = reader === null ? null : new FirstBytes(reader, ledger.rules);
    this.#carrier = carrier;
  }

  // ── state ──

  get phase(): CoursePhase {
    if (this.#has(OVER)) return 'over';
    if (this.#reason !== null) return 'remainder';
    const { phase } = this.ledger;
    return phase === 'connect' && this.#attempt === null ? 'place' : phase;
  }

  /** True while the client's bytes must go to `read` and nowhere else. */
  get readsFirst(): boolean {
    return this.#first !== null && !this.isEnding;
  }

  get halfClosed(): boolean {
    return this.#has(CLIENT_ENDED | ENDPOINT_ENDED);
  }

  get heldUntilMs(): number {
    return this.#first === null ? NEVER : this.#first.heldUntilMs;
  }

  get keepsAlive(): boolean {
    return this.#has(KEEPS_ALIVE);
  }

  get findsLost(): boolean {
    return this.#carrier.findsLost;
  }

  /** True if it no longer needs a place. */
  get isEnding(): boolean {
    return this.#reason !== null || this.#has(OVER);
  }

  /** The next deadline. Traffic may have moved it since `wakeAt` was called. */
  get deadlineMs(): number {
    return nextDeadlineMs(this, this.ledger.rules.context.now());
  }

  // ── from the accept to the place ──

  /** The client is connected. A headerless client is known already, so an endpoint is dialed at once. */
  start(): void {
    if (this.#first === null || this.#first.guards) this.#known(null);
    else this.#wake();
  }

  /** Bytes of the client, while `readsFirst`. The caller may reuse the buffer after the call. */
  read(chunk: Uint8Array): void {
    const first = this.#first;
    if (first !== null && !this.isEnding) this.#judge(first, first.take(chunk));
  }

  #judge(first: FirstBytes, verdict: HeaderVerdict): void {
    if (first.isOver) this.#first = null;
    if (verdict.kind === 'refused') this.abort(verdict.reason, verdict.detail);
    else if (verdict.kind === 'more') {
      if (first.held > 0) this.#wake();
    } else {
      this.#carrier.carry(verdict.rest, first.isOver);
      // The carrier may have told of an end meanwhile: a session that is over takes no place.
      if (this.ledger.phase === 'header' && !this.isEnding)
        this.#known(verdict.kind === 'header' ? verdict.header : null);
    }
  }

  #known(header: Header | null): void {
    const refusal = this.ledger.identified(header);
    if (refusal === null) {
      this.placed();
      return;
    }
    // The wait must not end by the header's deadline.
    this.#wake();
    this.#carrier.places.admit(this, refusal);
  }

  /** The client has its place. */
  placed(): void {
    this.#carrier.placed();
    if (this.isEnding) return;
    this.#attempt = new Attempt(this.ledger, this.#carrier, this);
    this.#attempt.start();
  }

  // ── the endpoint ──

  dialing(): void {
    this.#wake();
  }

  /** `code`: the name of the errno. */
  dialFailed(code: string | null): void {
    this.#attempt?.failed(code);
  }

  unreached(reason: CloseReason, detail: string | null): void {
    this.#attempt = null;
    this.abort(reason, detail);
  }

  dialReached(): void {
    if (this.#attempt?.reached() !== true) return;
    this.#attempt = null;
    this.#wake();
    this.#carrier.relay();
    if (this.#has(KEEPS_ALIVE) && !this.isEnding) this.#carrier.keepAlive();
  }

  // ── the relay ──

  /** A side has ended its stream. If the client's first bytes are still undecided, that decides them. */
  ended(side: SideName): void {
    const bit = side === 'client' ? CLIENT_ENDED : ENDPOINT_ENDED;
    if (this.isEnding || this.#has(bit)) return;
    if (side === 'endpoint' && !this.#has(CLIENT_ENDED)) this.#bits |= ENDPOINT_FIRST;
    this.#bits |= bit;
    const first = this.#first;
    if (side === 'client' && first !== null) this.#judge(first, first.end());
  }

  /** The end of one side was passed on to the other. From now on the half-close timeout applies. */
  halfClose(): void {
    if (this.phase !== 'relay') return;
    this.ledger.touch();
    this.#wake();
  }

  // ── endings ──

  /**
   * The client's connection broke, in any phase. `unsent`: it has sent bytes that were not passed on. A client that sent nothing but
   * a header was a health probe.
   */
  clientBroke(code: string | null, unsent: boolean): void {
    const { phase } = this;
    const any = unsent || (this.#first !== null && this.#first.bytes.length > 0);
    if (phase === 'relay') this.broke('client', code, false);
    else if (phase === 'header') this.abort(any ? 'header_reset' : 'probe', code);
    else if (phase === 'place' || phase === 'connect') this.abort(any ? 'client_gone' : 'probe', code);
  }

  /** A connection broke while both were connected. `refusing`: while we were sending to it. */
  broke(side: SideName, code: string | null, refusing: boolean): void {
    // Bytes that were held back cannot become a header any more, so the endpoint gets them.
    const first = side === 'client' && this.phase === 'relay' ? this.#first : null;
    if (first !== null && first.held > 0) this.#judge(first, first.end());
    if (this.phase !== 'relay') return;
    const reason = breakReason(side, code ?? undefined);
    this.#reason = reason;
    this.#detail = code;
    this.#wake();
    // EPIPE: the stream had ended before the reset.
    const whole = code === 'EPIPE' || this.#has(side === 'client' ? CLIENT_ENDED : ENDPOINT_ENDED);
    this.#carrier.partFrom({ side, reason, whole, refusing });
  }

  /** Ends the session from our side, by reset. An earlier reason is kept. */
  abort(reason: CloseReason, detail: string | null = null): void {
    if (this.ledger.ended) return;
    if (this.#reason === null) {
      this.#reason = reason;
      this.#detail = detail;
    }
    this.#stop();
    if (!this.ledger.ended) this.#carrier.reset();
  }

  /** All connections of the session are closed. */
  closed(): void {
    if (this.ledger.ended) return;
    if (!this.#has(OVER)) this.#stop();
    const good = this.#has(ENDPOINT_FIRST) ? 'endpoint_closed' : 'client_closed';
    const reason = this.ledger.endingOf(this.#reason ?? good, this.#first?.held);
    this.ledger.end(reason, this.#detail, true, this.#first?.bytes ?? null);
  }

  #stop(): void {
    this.#bits |= OVER;
    this.#carrier.wakeAt(NEVER);
    const attempt = this.#attempt;
    this.#attempt = null;
    attempt?.stop();
  }

  // ── deadlines ──

  /** The time of `wakeAt` has come. Handles all deadlines that are due (none, if traffic has moved them) and sets the next time. */
  expired(nowMs: number): void {
    // Before the idle deadline: a lost peer moves no bytes either, and must not be taken for an idle one.
    if (this.findsLost && this.phase === 'relay') this.#carrier.findLost(nowMs);
    for (let due = dueDeadline(this, nowMs); due !== null; due = dueDeadline(this, nowMs)) this.#meet(due);
    if (!this.#has(OVER)) this.#wake();
  }

  /** Handles one deadline. It is not due afterwards. */
  #meet(due: DeadlineName): void {
    switch (due) {
      case 'age':
        this.abort('session_age');
        return;
      case 'keepalive':
        this.#bits |= KEEPS_ALIVE;
        this.#carrier.keepAlive();
        return;
      case 'held':
      case 'header':
        this.#judge(this.#first!, this.#first!.timeout());
        return;
      case 'connect':
        this.#attempt!.timedOut();
        return;
      case 'idle':
        this.abort(silenceReason(this.ledger, this.halfClosed));
    }
  }

  #wake(): void {
    this.#carrier.wakeAt(this.deadlineMs);
  }

  #has(bits: number): boolean {
    return (this.#bits & bits) !== 0;
  }
}
