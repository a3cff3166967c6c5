import type { Endpoint } from '../endpoints/snapshot.ts';
import type { CloseReason } from '../plan/close-reason.ts';
import type { ConnectFailure } from '../plan/connect-failure.ts';
import { connectFailure } from '../plan/errno-reasons.ts';
import type { Address } from './client.ts';
import type { Ledger } from './ledger.ts';
import { isSelfConnect } from './self-connect.ts';
import type { EndpointsInTurn } from './transparent-rules.ts';
import type { DialWaiter, WaitingLines } from './waiting-lines.ts';

/**
 * How a dial begins: `pending`, it is told later how that went; `queued`, the same of a unix socket that has taken it into its queue;
 * else the name of the errno by which it failed at once.
 */
export type DialBegin = 'pending' | 'queued' | (string & {});

/** Who has the sockets that an attempt dials. One dial is under way at a time. */
export interface Dialer {
  /** Sessions of this thread that wait for room in the queue of a unix socket. */
  readonly lines: WaitingLines;
  /** Begins to connect. Unless it fails at once, `reached` or `failed` of the attempt is called for it once, later. */
  dial(endpoint: Endpoint): DialBegin;
  /** Our end of the connection that was dialed; null: it has no address. */
  dialedFrom(): Address | null | undefined;
  /** The dial has failed, or is not wanted any more: its socket, if there is one, is reset, and none of its events is told. */
  dropDial(): void;
}

/** Who wants an endpoint. */
export interface AttemptOwner {
  /** True if it has an open connection to this endpoint, and takes that: the attempt is over, and nothing is dialed. */
  reuse?(endpoint: Endpoint): boolean;
  /** An endpoint is being dialed, or its queue waited for: the connect timeout runs from now. */
  dialing(): void;
  /** No endpoint could be reached; the attempt is over. */
  unreached(reason: CloseReason, detail: string | null): void;
}

/**
 * The way to an endpoint: once a session on layer 4, once a request in the http engine. It goes through the endpoints in the order
 * of the pool, blames those that fail, and waits if the queue of a unix socket is full.
 *
 *     start ──▶ pick ──▶ dial ───────────────────────────▶ reached
 *                ╰──◀── failed, timed out, connected ─╯      none left ──▶ unreached
 *                       to itself
 *
 * It has no clock: its owner knows `connectDeadlineMs`, and calls `timedOut`.
 */
export class Attempt implements DialWaiter {
  readonly #ledger: Ledger;
  readonly #dialer: Dialer;
  readonly #owner: AttemptOwner;
  #candidates: EndpointsInTurn | null = null;
  #isUnderWay = false;
  /** Nobody wants an endpoint any more: that may be told during a call of the dialer. */
  #isStopped = false;

  constructor(ledger: Ledger, dialer: Dialer, owner: AttemptOwner) {
    this.#ledger = ledger;
    this.#dialer = dialer;
    this.#owner = owner;
  }

  /** An endpoint is being dialed, or its queue waited for. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  start(): void {
    this.#next(null, null);
  }

  /** Dials this endpoint, whatever else there is; those of the pool follow if it fails. */
  startAt(endpoint: Endpoint): void {
    const begin = this.#begin(endpoint);
    if (begin !== null) this.#next(connectFailure(begin), begin);
  }

  #next(failure: ConnectFailure | null, code: string | null): void {
    this.#candidates ??= this.#ledger.candidates();
    let lastFailure = failure;
    let lastCode = code;
    for (let next = this.#candidates.next(); next !== null; next = this.#candidates.next()) {
      if (this.#isStopped) return;
      if (this.#owner.reuse?.(next) === true) return;
      lastCode = this.#begin(next);
      if (lastCode === null) return;
      lastFailure = connectFailure(lastCode);
    }
    if (!this.#isStopped) this.#owner.unreached(lastFailure ?? this.#ledger.rules.pool.empty, lastCode);
  }

  /** Null if it is under way now, else the errno by which it failed at once. */
  #begin(endpoint: Endpoint): string | null {
    const { lines } = this.#dialer;
    this.#ledger.dialing(endpoint);
    const { path } = endpoint;
    // Those that wait for it already were here first.
    const waits = path !== null && lines.has(path);
    const begin = waits ? 'EAGAIN' : this.#dialer.dial(endpoint);
    if (this.#isStopped) {
      this.#dropBegun(begin);
      return null;
    }
    const isFull = path !== null && begin === 'EAGAIN';
    if (begin !== 'pending' && begin !== 'queued' && !isFull) {
      this.#ledger.dialFailed(connectFailure(begin));
      return begin;
    }
    this.#isUnderWay = true;
    if (isFull) lines.join(path, this);
    this.#owner.dialing();
    return null;
  }

  /** The dial failed, by this errno. */
  failed(code: string | null): void {
    if (!this.#isUnderWay) return;
    const { path } = this.#ledger.endpoint!;
    if (path !== null && code === 'EAGAIN') {
      this.#dialer.dropDial();
      if (!this.#isStopped) this.#wait(path);
      return;
    }
    if (path !== null) this.#dialer.lines.through(this);
    this.#failed(connectFailure(code ?? undefined), code);
  }

  #wait(path: string): void {
    const { lines } = this.#dialer;
    if (!lines.full(this)) lines.join(path, this);
  }

  /** Its turn in the line has come. */
  dialAgain(): void {
    const endpoint = this.#ledger.endpoint!;
    const begin = this.#dialer.dial(endpoint);
    if (this.#isStopped) this.#dropBegun(begin);
    else if (begin === 'pending') return;
    else if (begin === 'queued') this.#dialer.lines.through(this);
    else this.failed(begin);
  }

  /** The connect timeout has passed. */
  timedOut(): void {
    if (!this.#isUnderWay) return;
    // An endpoint whose queue is full is alive: the timeout must not eject it.
    const full = this.#dialer.lines.leave(this);
    this.#failed('connect_timeout', full ? 'EAGAIN' : null, !full);
  }

  #failed(failure: ConnectFailure, code: string | null, blames?: boolean): void {
    this.#isUnderWay = false;
    this.#dialer.dropDial();
    this.#ledger.dialFailed(failure, blames);
    this.#next(failure, code);
  }

  /** A dial that was begun when nobody wanted it any more. */
  #dropBegun(begin: DialBegin): void {
    if (begin === 'pending' || begin === 'queued') this.#dialer.dropDial();
  }

  /** The socket is connected. False if it is connected to itself: then the next endpoint is dialed. */
  reached(): boolean {
    if (!this.#isUnderWay) return false;
    const endpoint = this.#ledger.endpoint!;
    if (endpoint.path !== null) this.#dialer.lines.through(this);
    else if (this.#cameOutAtItself(endpoint)) {
      this.#failed('connect_refused', 'ECONNREFUSED');
      return false;
    }
    this.#isUnderWay = false;
    this.#ledger.connected();
    return true;
  }

  #cameOutAtItself(endpoint: Endpoint): boolean {
    // A transparent dial is bound to the client's port, which the kernel did not choose.
    const chosen = this.#ledger.rules.transparent !== null;
    const { selfConnects } = this.#ledger.rules.context;
    return selfConnects.possible(endpoint, chosen) && isSelfConnect(endpoint, this.#dialer.dialedFrom());
  }

  /** Nobody wants an endpoint any more. */
  stop(): void {
    this.#isStopped = true;
    if (!this.#isUnderWay) return;
    this.#isUnderWay = false;
    this.#dialer.dropDial();
    // With a dial under way too: those behind it in the line wait to hear how that went.
    this.#dialer.lines.leave(this);
  }
}
