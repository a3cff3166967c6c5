import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { ConnectFailure } from '../../plan/connect-failure.ts';
import { connectFailure } from '../../plan/errno-reasons.ts';
import type { Ledger } from '../../session/ledger.ts';
import { isSelfConnect, selfConnects } from '../../session/self-connect.ts';
import type { EndpointsInTurn } from '../../session/transparent-rules.ts';
import { type DialWaiter, WaitingLines } from '../../session/waiting-lines.ts';
import { localAddress } from '../main-thread/peer-address.ts';
import { dial } from './dial.ts';

/** Sessions of this thread that wait for room in the queue of a unix socket. */
const lines = new WaitingLines((ms, run) => setTimeout(run, ms));

/** Who wants an endpoint. */
export interface DialOwner {
  /** Watches a socket that is being connected. */
  dialing(socket: Socket): void;
  /** An endpoint is being dialed, or waited for, from now on. */
  attempted(): void;
  /** No endpoint could be reached. */
  abort(reason: CloseReason, detail: string | null): void;
}

/** Dials one endpoint after the other, until one is reached. */
export class Dialing implements DialWaiter {
  readonly #ledger: Ledger;
  readonly #owner: DialOwner;
  readonly #candidates: EndpointsInTurn;
  #socket: Socket | null = null;
  #stopped = false;

  constructor(ledger: Ledger, owner: DialOwner) {
    this.#ledger = ledger;
    this.#owner = owner;
    this.#candidates = ledger.candidates();
  }

  start(): void {
    this.#next(null, null);
  }

  /** Nothing is dialed any more. */
  stop(): void {
    this.#stopped = true;
    if (this.#socket !== null) resetSocket(this.#socket);
    // With a dial under way too: those behind it would wait to hear how that went.
    lines.leave(this);
  }

  dialAgain(): void {
    this.#socket = dial(this.#ledger.endpoint!, this.#ledger.rules);
    this.#owner.dialing(this.#socket);
  }

  /** A socket is connected. True where it is the one that was waited for, and leads to the endpoint. */
  reached(socket: Socket): boolean {
    const endpoint = this.#ledger.endpoint!;
    if (this.#stopped || socket !== this.#socket) return false;
    if (endpoint.path !== null) lines.through(this);
    else if (selfConnects.possible(endpoint) && isSelfConnect(endpoint, localAddress(socket))) {
      this.#failed('connect_refused', 'ECONNREFUSED');
      return false;
    }
    return true;
  }

  /** A socket could not be connected. */
  broke(socket: Socket, code: string | undefined): void {
    if (this.#stopped || socket !== this.#socket) return;
    const { path } = this.#ledger.endpoint!;
    if (path === null || code !== 'EAGAIN') {
      lines.through(this);
      this.#failed(connectFailure(code), code ?? null);
      return;
    }
    this.#socket = null;
    if (!lines.full(this)) lines.join(path, this);
  }

  timedOut(): void {
    // An endpoint whose queue is full is well: it is no reason to leave it out.
    const full = lines.leave(this);
    this.#failed('connect_timeout', full ? 'EAGAIN' : null, !full);
  }

  #next(failure: ConnectFailure | null, code: string | null): void {
    const endpoint = this.#candidates.next();
    if (endpoint === null) {
      this.#owner.abort(failure ?? this.#ledger.rules.pool.empty, code);
      return;
    }
    this.#ledger.dialing(endpoint);
    this.#owner.attempted();
    // Whoever waits for it was here first.
    if (endpoint.path !== null && lines.has(endpoint.path)) lines.join(endpoint.path, this);
    else this.dialAgain();
  }

  #failed(failure: ConnectFailure, code: string | null, blames?: boolean): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) resetSocket(socket);
    this.#ledger.dialFailed(failure, blames);
    this.#next(failure, code);
  }
}
