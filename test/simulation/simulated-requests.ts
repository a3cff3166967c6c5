import type { Endpoint } from '../../src/endpoints/snapshot.ts';
import type { CloseReason } from '../../src/plan/close-reason.ts';
import type { SessionRecord } from '../../src/plan/observer.ts';
import { Attempt, type AttemptOwner, type DialBegin, type Dialer } from '../../src/session/attempt.ts';
import type { Address } from '../../src/session/client.ts';
import type { Ledger } from '../../src/session/ledger.ts';
import type { WaitingLines } from '../../src/session/waiting-lines.ts';
import { type ConnectHost, ConnectModel, DIAL_ERRORS } from './connect-model.ts';
import { fail } from './violation.ts';

/**
 * A session whose requests each look for an endpoint by an `Attempt` of their own, and may go over a connection that is kept, as in
 * the http engine. It has no course: this file is the owner of its attempts.
 */
export class SimulatedRequests implements Dialer, AttemptOwner {
  readonly lines: WaitingLines;
  readonly ledger: Ledger;
  readonly #host: ConnectHost;
  readonly #connect: ConnectModel;
  #attempt: Attempt | null = null;
  /** The endpoint that has a connection for the next request. */
  #kept: Endpoint | null = null;
  #isServed = false;
  /** The request has to go to the endpoint that is kept, by a new connection. */
  #isBound = false;
  /** The attempt of the request before, which late events are told to. */
  #past: Attempt | null = null;
  #latest: Attempt | null = null;
  #endsBy: CloseReason | null = null;

  constructor(host: ConnectHost, lines: WaitingLines, ledger: Ledger) {
    this.#host = host;
    this.lines = lines;
    this.ledger = ledger;
    this.#connect = new ConnectModel(host);
  }

  start(): void {
    const refusal = this.ledger.identified(null);
    if (refusal !== null) this.#end(refusal.reason);
  }

  get isDialing(): boolean {
    return this.#connect.isUnderWay;
  }

  /** The slot that it has to be counted at. */
  get atSlot(): number | null {
    return this.#isServed || this.#attempt !== null ? this.ledger.endpoint!.slot : null;
  }

  /** One of the things that may happen to it now; gives its name. */
  goOn(): string {
    const { chance } = this.#host;
    if (chance.oneIn(20)) {
      this.stop();
      return 'session ends';
    }
    if (chance.oneIn(12)) return this.#tellsLate();
    if (this.#isServed) return this.#serves();
    if (this.#attempt === null) return this.#asks();
    const { connectMs } = this.ledger.rules.plan.timeouts;
    if (connectMs > 0 && this.#host.nowMs >= this.#connect.beganAtMs + connectMs) {
      this.#connect.tellsTimeout();
      this.#attempt.timedOut();
      this.#connect.forget();
      return 'connect timeout';
    }
    return this.#connect.isUnderWay ? this.#dialEnds() : 'waits in line';
  }

  stop(): void {
    this.#attempt?.stop();
    this.#attempt = null;
    this.#end('stopped');
  }

  checkNow(): void {
    const attempt = this.#attempt;
    if (attempt === null) {
      if (this.#connect.isUnderWay) fail('a dial of no request');
      return;
    }
    if (!attempt.isUnderWay) fail('an attempt that neither goes on nor is over');
    const endpoint = this.ledger.endpoint!;
    if (!this.#connect.isUnderWay && (endpoint.path === null || !this.lines.has(endpoint.path)))
      fail('a request waits for nothing');
  }

  check({ reason }: SessionRecord): void {
    if (reason !== this.#endsBy) fail(`${reason}, and not ${this.#endsBy}`);
  }

  // ── the attempt's dialer and owner ──

  dial(endpoint: Endpoint): DialBegin {
    if (this.#endsBy !== null || this.#isServed) fail('a dial for nobody');
    if (endpoint === this.#kept && !this.#isBound) fail('a dial of an endpoint that has a connection');
    return this.#connect.dial(endpoint);
  }

  dialedFrom(): Address | null {
    return null;
  }

  dropDial(): void {
    this.#connect.drop();
  }

  reuse(endpoint: Endpoint): boolean {
    if (endpoint !== this.#kept) return false;
    this.#attempt = null;
    this.#isServed = true;
    this.ledger.reuses(endpoint);
    return true;
  }

  dialing(): void {
    this.#connect.waits(this.ledger.endpoint!);
  }

  unreached(reason: CloseReason): void {
    this.#attempt = null;
    const { failedAt, reason: last } = this.#connect;
    const isEmpty = failedAt !== this.#host.step;
    if (isEmpty ? reason !== this.ledger.rules.pool.empty : reason !== last)
      fail(`unreached by ${reason}, and not ${last}`);
    if (this.#host.chance.oneIn(2)) this.#end(reason);
  }

  // ── what happens ──

  /** An attempt that is over does nothing any more: its calls of the dialer would not fit what the world knows. */
  #tellsLate(): string {
    const past = this.#past;
    if (past !== null) {
      if (past.reached()) fail('an attempt that is over has reached somebody');
      past.failed('ECONNREFUSED');
      past.timedOut();
      past.stop();
    }
    return 'late';
  }

  #asks(): string {
    const attempt = new Attempt(this.ledger, this, this);
    this.#attempt = attempt;
    this.#past = this.#latest;
    this.#latest = attempt;
    if (this.#kept !== null && this.#host.chance.oneIn(4)) {
      this.#isBound = true;
      attempt.startAt(this.#kept);
      return 'dials its endpoint';
    }
    this.#isBound = false;
    attempt.start();
    return this.#isServed ? 'uses a kept connection' : 'asks';
  }

  #dialEnds(): string {
    const { chance } = this.#host;
    if (chance.oneIn(3)) {
      const [errno] = chance.pick(DIAL_ERRORS);
      this.#connect.tellsFailure(errno);
      this.#attempt!.failed(errno);
      this.#connect.forget();
      return 'dial fails';
    }
    this.#connect.tellsReached(false);
    if (!this.#attempt!.reached()) fail('an endpoint that was reached is not');
    this.#connect.reached();
    this.#attempt = null;
    this.#isServed = true;
    return 'dial is reached';
  }

  #serves(): string {
    const { chance } = this.#host;
    this.ledger.sentToEndpoint(1 + chance.below(100));
    this.ledger.sentToClient(1 + chance.below(100));
    this.#isServed = false;
    this.#kept = chance.oneIn(2) ? this.ledger.endpoint : null;
    this.ledger.idle();
    return 'is answered';
  }

  #end(reason: CloseReason): void {
    if (this.#endsBy !== null) return;
    this.#endsBy = reason;
    this.ledger.end(reason, null, true, null);
  }
}
