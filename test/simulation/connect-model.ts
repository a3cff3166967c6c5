import type { Endpoint } from '../../src/endpoints/snapshot.ts';
import type { CloseReason } from '../../src/plan/close-reason.ts';
import type { DialBegin } from '../../src/session/attempt.ts';
import type { Address } from '../../src/session/client.ts';
import type { Chance } from './chance.ts';
import { fail } from './violation.ts';

/** What the dials of a session need of its world. */
export interface ConnectHost {
  readonly chance: Chance;
  readonly nowMs: number;
  /** The number of the event that runs. */
  readonly step: number;
  /** Failed connects in a row that each slot is to blame for, as they have to be. */
  readonly blamed: Int32Array;
  /** Connects that have failed, whoever's fault. */
  failedConnects: number;
  /** Something happened that the run has to reach often enough. */
  count(what: string): void;
}

/** What each errno of a dial has to be called, and whether the endpoint is to blame. Written anew, not taken from the code. */
export const DIAL_ERRORS: readonly (readonly [errno: string | null, reason: CloseReason, blames: boolean])[] =
  [
    ['ECONNREFUSED', 'connect_refused', true],
    ['ECONNRESET', 'connect_refused', true],
    ['ENOENT', 'connect_refused', true],
    ['hop_closed', 'connect_refused', true],
    ['hop_protocol', 'connect_failed', true],
    ['ETIMEDOUT', 'connect_timeout', true],
    ['EHOSTUNREACH', 'connect_unreachable', true],
    ['ENETUNREACH', 'connect_unreachable', true],
    ['EADDRNOTAVAIL', 'local_ports', false],
    ['EADDRINUSE', 'local_ports', false],
    ['EMFILE', 'descriptors', false],
    ['ENOMEM', 'descriptors', false],
    ['EPROTO', 'connect_failed', true],
    ['EAGAIN', 'connect_refused', true],
  ];

interface Failure {
  /** Of the record. */
  readonly detail: string | null;
  readonly reason: CloseReason;
  readonly blames: boolean;
}

/**
 * The dials of one session as the world sees them: one at a time, each with at most one outcome. It knows whose fault a failure was,
 * and whether the session waits for room in the queue of a unix socket.
 */
export class ConnectModel {
  readonly #host: ConnectHost;
  /** A dial was begun, and nothing was told of it yet. */
  isUnderWay = false;
  /** There is a socket of a dial, be it that the dial has failed: it has to be dropped, or to be relayed to. */
  hasSocket = false;
  /** It waits for room in the queue of its endpoint, or dials again from there. */
  isInLine = false;
  endpoint: Endpoint | null = null;
  /** Since when it is dialed, or waited for. */
  beganAtMs = 0;
  /** Our end of the connection that was dialed last. */
  from: Address | null = null;
  /** What the last dial failed by, and at which step. */
  reason: CloseReason | null = null;
  detail: string | null = null;
  failedAt = -1;
  /** A failure that the course was told of, and that counts once it drops the dial. */
  #told: Failure | null = null;

  constructor(host: ConnectHost) {
    this.#host = host;
  }

  dial(endpoint: Endpoint): DialBegin {
    const { chance } = this.#host;
    if (this.isUnderWay || this.hasSocket) fail('a dial while there is another');
    const again = this.isInLine && this.endpoint === endpoint;
    if (!again) this.#begins(endpoint);
    const begin = this.#begin(endpoint, chance);
    this.#host.count(`dial ${begin}`);
    if (begin === 'pending' || begin === 'queued') {
      this.isUnderWay = true;
      this.hasSocket = true;
      if (begin === 'queued') this.isInLine = false;
      return begin;
    }
    if (begin === 'EAGAIN' && endpoint.path !== null) this.isInLine = true;
    else if (again) this.#told = failureOf(begin);
    else this.#fails(failureOf(begin));
    return begin;
  }

  /** The session has ended while the dial was being begun: it has to be dropped. */
  dialUnwanted(): DialBegin {
    this.isUnderWay = true;
    this.hasSocket = true;
    return 'pending';
  }

  /** The course waits for this endpoint; without a dial it stands in line. */
  waits(endpoint: Endpoint): void {
    if (this.isUnderWay || endpoint.path === null) return;
    if (this.endpoint !== endpoint || !this.isInLine) this.#begins(endpoint);
    this.isInLine = true;
  }

  /** The course is told next that the dial has failed. */
  tellsFailure(errno: string | null): void {
    this.#outcome();
    if (errno === 'EAGAIN' && this.endpoint!.path !== null) this.isInLine = true;
    else this.#told = failureOf(errno);
  }

  /** The course is told next that the endpoint was reached. True: by a connection to itself, which is a failure. */
  tellsReached(isOwn: boolean): void {
    this.#outcome();
    if (isOwn) this.#told = { reason: 'connect_refused', detail: 'ECONNREFUSED', blames: true };
  }

  /** The course relays: failures in a row are over. */
  reached(): void {
    this.#host.blamed[this.endpoint!.slot] = 0;
    this.hasSocket = false;
    this.isInLine = false;
  }

  /** The connect timeout is met next. A full queue is nobody's fault. */
  tellsTimeout(): void {
    this.#told = {
      reason: 'connect_timeout',
      detail: this.isInLine ? 'EAGAIN' : null,
      blames: !this.isInLine,
    };
    this.#host.count(this.isInLine ? 'timeout in line' : 'timeout of a dial');
  }

  /** The course has dropped the dial, if there is one. */
  drop(): void {
    this.isUnderWay = false;
    this.hasSocket = false;
    if (this.#told === null) return;
    const told = this.#told;
    this.#told = null;
    this.#fails(told);
  }

  /** The event is over: what was told has counted by now. */
  forget(): void {
    this.#told = null;
  }

  #outcome(): void {
    if (!this.isUnderWay) fail('the world tells of a dial that is not under way');
    this.isUnderWay = false;
  }

  #begins(endpoint: Endpoint): void {
    this.endpoint = endpoint;
    this.beganAtMs = this.#host.nowMs;
    this.isInLine = false;
    this.failedAt = -1;
    this.from = null;
  }

  #fails({ reason, detail, blames }: Failure): void {
    this.isInLine = false;
    this.reason = reason;
    this.detail = detail;
    this.failedAt = this.#host.step;
    if (blames) this.#host.blamed[this.endpoint!.slot]! += 1;
    this.#host.failedConnects++;
    this.#host.count(`failed ${reason}`);
  }

  #begin({ path }: Endpoint, chance: Chance): DialBegin {
    if (path !== null && chance.oneIn(3)) return 'EAGAIN';
    if (chance.oneIn(8)) return chance.pick(DIAL_ERRORS)[0]!;
    return path !== null && chance.oneIn(2) ? 'queued' : 'pending';
  }
}

function failureOf(errno: string | null): Failure {
  for (const [name, reason, blames] of DIAL_ERRORS)
    if (name === errno) return { reason, detail: errno, blames };
  return { reason: 'connect_failed', detail: errno, blames: true };
}
