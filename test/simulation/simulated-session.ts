import type { Endpoint } from '../../src/endpoints/snapshot.ts';
import type { CloseReason } from '../../src/plan/close-reason.ts';
import type { DialBegin } from '../../src/session/attempt.ts';
import type { BrokenSide, SideName } from '../../src/session/broken-side.ts';
import type { Address } from '../../src/session/client.ts';
import type { Course } from '../../src/session/course.ts';
import type { ListenerRules } from '../../src/session/listener-rules.ts';
import type { PlaceWait } from '../../src/session/place-wait.ts';
import type { SessionCarrier } from '../../src/session/session-carrier.ts';
import type { WaitingLines } from '../../src/session/waiting-lines.ts';
import type { ClientScript } from './client-scripts.ts';
import { type ConnectHost, ConnectModel } from './connect-model.ts';
import { PossibleEndings } from './possible-endings.ts';
import { fail } from './violation.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** What a simulated session needs of its world. */
export interface SessionHost extends ConnectHost {
  /** The session's place is there, and candidates are asked for next. */
  placed(session: SimulatedSession): void;
  /** The endpoint of the pool in force that the client's header names; null: none. */
  endpointNamed(session: SimulatedSession): Endpoint | null;
  /** How often somebody was asked whether there is a place for it by now. */
  readonly looks: number;
  /** Now and then the engine tells of the next event before its call returns. */
  answer(session: SimulatedSession): void;
}

/**
 * One session of a world: the carrier of a real `Course`, and what the world knows of the session without asking the course. The
 * carrier checks each call as it comes; `check-session.ts` compares the rest after each step.
 *
 * A session is *decided* once the course has named its reason to the carrier, by `reset`, `partFrom`, or the end of both sides.
 * Before an event is told to the course the world notes which reasons the event may end the session by. Nothing that comes after the
 * decision is noted, so a reason that is replaced later is found.
 */
export class SimulatedSession implements SessionCarrier {
  readonly host: SessionHost;
  readonly lines: WaitingLines;
  readonly places: PlaceWait;
  readonly findsLost: boolean;
  readonly script: ClientScript;
  readonly peer: Address | null;
  readonly connect: ConnectModel;
  course!: Course;

  // ── the client's bytes ──
  /** What its first bytes have to be; `none`: they are not looked at any more. */
  looksFor: 'required' | 'optional' | 'guard' | 'none';
  /** Bytes of the script that the client has sent, and that went on to the endpoint's side. */
  sent = 0;
  carried = 0;
  /** Where the payload begins in the script, once the client is known. */
  carriesFrom = 0;
  /** Of those that went on: what waits for an endpoint. */
  pending = 0;
  heldUntilMs = NEVER;
  /** A guarded client's bytes have gone on although they may begin a header. */
  hasPassed = false;

  // ── where it is ──
  isKnown = false;
  /** It is known, and has to be turned away. */
  isRefused = false;
  isLocal = false;
  /** What its header calls the endpoint; null: nothing. */
  names: string | null = null;
  /** Its client is counted, and what its health check would come by. */
  isLimited = false;
  isOfPeer = false;
  /** Since when it waits for its place, by the clock and by `SessionHost.looks`; -1: it never did. */
  waitsSinceMs = -1;
  waitsSinceLook = 0;
  hasPlace = false;
  /** How many endpoints there are for it. */
  mostAttempts = 0;
  isRelaying = false;
  isParting = false;
  isResetting = false;
  isClosed = false;
  clientEnded = false;
  endpointEnded = false;
  endedFirst: SideName | null = null;
  /** Ends that were not passed on to the other side yet. */
  endsToPass = 0;
  keepsAlive = false;
  endpointKeepsAlive = false;
  /** The step in which the engine last looked whether a peer is lost. */
  lookedAt = -1;

  // ── deadlines ──
  acceptedAtMs: number;
  activeAtMs: number;
  atMs = NEVER;

  // ── why it ends ──
  readonly endings = new PossibleEndings();
  /** The errno by which each side has broken last. */
  readonly breaks: Record<SideName, string | null> = { client: null, endpoint: null };

  constructor(
    host: SessionHost,
    waits: { readonly lines: WaitingLines; readonly places: PlaceWait },
    client: { readonly peer: Address | null; readonly script: ClientScript },
    looksFor: SimulatedSession['looksFor'],
  ) {
    this.host = host;
    this.lines = waits.lines;
    this.places = waits.places;
    this.peer = client.peer;
    this.script = client.script;
    this.looksFor = looksFor;
    this.findsLost = host.chance.oneIn(2);
    this.acceptedAtMs = host.nowMs;
    this.activeAtMs = host.nowMs;
    this.connect = new ConnectModel(host);
  }

  get rules(): ListenerRules {
    return this.course.ledger.rules;
  }

  get isReading(): boolean {
    return this.looksFor !== 'none';
  }

  get halfClosed(): boolean {
    return this.clientEnded || this.endpointEnded;
  }

  /** Bytes that were sent and did not go on, of a client that is guarded. */
  get held(): number {
    return this.looksFor === 'guard' ? this.sent - this.carried : 0;
  }

  // ── reasons ──

  /** The course has named its reason. */
  get isDecided(): boolean {
    return this.endings.isDecided;
  }

  /** The event that comes next, or runs now, may end the session so. */
  note(reason: CloseReason, detail?: string | null): void {
    this.endings.note(this.host.step, reason, detail);
  }

  #decide(): void {
    const { reason, detail, failedAt } = this.connect;
    if (reason !== null && failedAt === this.host.step) this.note(reason, detail);
    if (!this.endings.decide(this.host.step)) fail('it ends, and nothing has happened that ends a session');
  }

  // ── what the course wants ──

  placed(): void {
    if (this.isDecided) fail('placed after it was decided');
    if (!this.isKnown || this.hasPlace) fail('placed before the client is known, or twice');
    this.hasPlace = true;
    if (this.waitsSinceMs >= 0) this.host.count('placed after a wait');
    this.host.placed(this);
    this.host.answer(this);
  }

  carry(bytes: Uint8Array, over: boolean): void {
    if (this.isDecided) fail('carry after it was decided');
    if (!this.isReading) fail('carry of bytes that are not looked at');
    if (!this.isKnown) fail('carry before the client is known');
    if (this.carried < this.carriesFrom) this.carried = this.carriesFrom;
    const until = this.carried + bytes.length;
    if (until > this.sent) fail('carry of more than the client sent');
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== this.script.bytes[this.carried + at])
        fail('carry of other bytes than the client sent');
    }
    this.carried = until;
    if (this.carried < this.sent) fail('carry leaves bytes behind');
    this.heldUntilMs = NEVER;
    if (over) this.looksFor = 'none';
    else if (this.looksFor !== 'guard') this.looksFor = 'guard';
    else this.hasPassed = true;
    this.forward(bytes.length);
    this.host.answer(this);
  }

  forward(bytes: number): void {
    if (!this.isRelaying) this.pending += bytes;
    else if (bytes > 0) {
      this.course.ledger.sentToEndpoint(bytes);
      this.activeAtMs = this.host.nowMs;
    }
  }

  dial(endpoint: Endpoint): DialBegin {
    if (this.isDecided || this.course.ledger.ended) fail('a dial after it was decided');
    if (!this.hasPlace || this.isRelaying) fail('a dial without a place, or in the relay');
    if (endpoint !== this.course.ledger.endpoint) fail('a dial of an endpoint that is not in the ledger');
    if (this.rules.isNamed && endpoint.text !== this.names) fail('a dial of an endpoint that was not named');
    this.host.answer(this);
    return this.isDecided ? this.connect.dialUnwanted() : this.connect.dial(endpoint);
  }

  dialedFrom(): Address | null {
    return this.connect.from;
  }

  dropDial(): void {
    if (this.course.ledger.ended && !this.connect.isUnderWay) fail('dropDial after the end');
    // A dial that is given up has not failed, whatever was to be told of it.
    if (this.course.phase === 'over') this.connect.forget();
    this.connect.drop();
    this.host.answer(this);
  }

  relay(): void {
    if (this.isDecided || this.isRelaying || !this.hasPlace) fail('relay at the wrong time');
    this.isRelaying = true;
    this.activeAtMs = this.host.nowMs;
    this.connect.reached();
    if (this.clientEnded) this.endsToPass++;
    const { ledger } = this.course;
    if (ledger.present(ledger.rules.scratch, 0) < 0 || this.host.chance.oneIn(64)) {
      this.note('presentation_failed', null);
      this.course.abort('presentation_failed');
      return;
    }
    const { pending } = this;
    this.pending = 0;
    this.forward(pending);
    this.host.answer(this);
  }

  partFrom({ side, reason, whole }: BrokenSide): void {
    if (this.isDecided) fail('partFrom after it was decided');
    if (!this.isRelaying || this.isParting) fail('partFrom outside of the relay, or twice');
    this.isParting = true;
    this.#decide();
    const code = this.breaks[side];
    if (!this.endings.allows(reason, code))
      fail(`partFrom by ${reason} (${code}), and not by ${this.endings}`);
    if (side === 'client' && this.held > 0) fail('bytes of a client that broke are held for ever');
    const hadEnded = side === 'client' ? this.clientEnded : this.endpointEnded;
    if (whole !== (hadEnded || code === 'EPIPE')) fail(`whole is ${whole}`);
    this.host.answer(this);
  }

  keepAlive(): void {
    if (this.isDecided) fail('keepAlive after it was decided');
    if (this.keepsAlive && this.endpointKeepsAlive === this.isRelaying) fail('keepAlive twice');
    this.keepsAlive = true;
    this.endpointKeepsAlive = this.isRelaying;
    this.host.answer(this);
  }

  findLost(): void {
    if (this.isDecided || !this.isRelaying || !this.findsLost) fail('findLost at the wrong time');
    this.lookedAt = this.host.step;
    if (!this.host.chance.oneIn(6)) return;
    const side = this.host.chance.pick(['client', 'endpoint'] as const);
    this.breaks[side] = 'ETIMEDOUT';
    this.note(`${side}_lost`, 'ETIMEDOUT');
    this.course.broke(side, 'ETIMEDOUT', false);
    if (!this.isDecided) fail('a peer is lost, and the session goes on');
  }

  reset(): void {
    if (this.course.ledger.ended) fail('reset after the end');
    if (this.connect.isUnderWay) fail('reset while a dial is under way that was not dropped');
    this.#decide();
    this.isResetting = true;
    if (this.host.chance.oneIn(2)) this.close();
    else this.host.answer(this);
  }

  wakeAt(atMs: number): void {
    if (this.course.ledger.ended) fail('wakeAt after the end');
    this.atMs = atMs;
    const { endpoint } = this.course.ledger;
    // A line that is there already is joined without a dial: the wait for it shows only here.
    if (this.course.phase === 'connect' && endpoint !== null) this.connect.waits(endpoint);
  }

  /** All connections are closed. */
  close(): void {
    if (!this.isDecided) {
      this.note(this.endedFirst === 'endpoint' ? 'endpoint_closed' : 'client_closed', null);
      this.#decide();
    }
    this.isClosed = true;
    this.course.closed();
  }
}
