import type { Socket } from 'node:net';
import { HeaderPhase } from '../../accept/header-phase.ts';
import { resetSocket } from '../../accept/reset-socket.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import { breakReason } from '../../plan/errno-reasons.ts';
import {
  ageDeadlineMs,
  headerDeadlineMs,
  idleDeadlineMs,
  keepaliveDeadlineMs,
  silenceReason,
} from '../../session/deadlines.ts';
import type { HeaderReader } from '../../session/header-reader.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { PlaceSeeker, PlaceWait } from '../../session/place-wait.ts';
import type { LiveSession } from '../main-thread/server-kind.ts';
import { touch } from '../main-thread/touch.ts';
import { ClientClose } from './client-close.ts';
import { ClientFields } from './client-fields.ts';
import { ClientRequests, type RequestsOwner } from './client-requests.ts';
import { ClientTraffic } from './client-traffic.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import { SessionConnections } from './session-connections.ts';
import { Tunnel, type TunnelOwner } from './tunnel.ts';

/** How long a drain waits for the next request of a client, which may be on its way. */
const LAST_CALL_MS = 1000;

/**
 * One client's connection, from its accept to its end. The `Ledger` counts; `ClientRequests` handles the requests.
 *
 *     header ──▶ requests, one exchange after the other ──▶ lingering close, or reset
 *                         ╰─▶ upgraded: a tunnel until the end
 *
 *     an exchange:  request ──▶ attempt (pick, dial) ──▶ endpoint connection
 *                   client's answer ◀───────────────── answer parser
 */
export class HttpSession implements RequestsOwner, TunnelOwner, LiveSession, PlaceSeeker {
  readonly ledger: Ledger;
  leaving = false;
  readonly #socket: Socket;
  readonly #connections: SessionConnections;
  readonly #onEnd: (session: HttpSession) => void;
  readonly #traffic: ClientTraffic;
  readonly #close: ClientClose;
  /** Null once the client is known. */
  #header: HeaderPhase | null = null;
  /** Null until then. */
  #requests: ClientRequests | null = null;
  #tunnel: Tunnel | null = null;
  #endpointEnded = false;
  #keepsAlive = false;
  #lastCallMs = Number.POSITIVE_INFINITY;
  /** The reason if nothing fails: which side ended its stream first. */
  #first: CloseReason = 'client_closed';
  readonly #ending = new SessionEnding();
  /** Gives the socket to Node's server. */
  #serve: () => void = () => {};

  /** `onEnd` is called once, when all its sockets are closed. */
  constructor(socket: Socket, ledger: Ledger, pool: EndpointPool, onEnd: (session: HttpSession) => void) {
    this.#socket = socket;
    this.ledger = ledger;
    this.#connections = new SessionConnections(pool, ledger.rules.plan.reuse, ledger.rules.context.now);
    this.#onEnd = onEnd;
    this.#traffic = new ClientTraffic(socket, ledger);
    this.#close = new ClientClose(socket, ledger);
    socket.on('error', (error: NodeJS.ErrnoException) => this.#clientError(error.code));
    socket.on('drain', () => this.#requests?.clientDrained());
    socket.on('close', () => this.#closed());
    // Node's server calls this after the last answer.
    socket.destroySoon = () => this.#close.linger();
  }

  /** Takes over the client's socket. `serve` is called once the client is known and may send requests. */
  start(reader: HeaderReader | null, places: PlaceWait, serve: () => void): void {
    if (reader === null) this.#known(null, places, serve);
    else {
      this.#header = new HeaderPhase(this.#socket, reader, headerDeadlineMs(this.ledger), (_, outcome) => {
        this.#header = null;
        if (outcome.kind === 'accepted') this.#known(outcome.header, places, serve);
        else if (outcome.kind === 'refused') this.#ending.set(outcome.reason, outcome.detail, outcome.bytes);
      });
    }
  }

  /** Only once the client is known. */
  get requests(): ClientRequests {
    return this.#requests!;
  }

  /** True if it no longer needs a place. */
  get isEnding(): boolean {
    return this.isOver || this.#socket.destroyed;
  }

  get isOver(): boolean {
    return this.#ending.reason !== null || this.#close.begun;
  }

  /** Ends the session from our side, by reset. */
  abort(reason: CloseReason, detail: string | null = null): void {
    this.#ending.set(reason, detail);
    resetSocket(this.#socket);
    this.#tunnel?.reset();
  }

  part(
    reason: CloseReason | null,
    detail: string | null = null,
    last = '',
    firstBytes: Uint8Array | null = null,
  ): void {
    if (reason !== null) this.#ending.set(reason, detail, firstBytes);
    this.#close.linger(last);
  }

  /** Ends the session and its current request. A client that has received no part of an answer gets one. */
  giveUp(reason: CloseReason): void {
    if (this.#ending.reason !== null) return;
    const requests = this.#requests;
    if (requests?.underWay !== true || requests.answerBegun) this.abort(reason);
    else {
      requests.abandon();
      requests.failed(reason, null);
    }
  }

  /** Ends the session after the next answer that tells the client so, or after the last call for a request. */
  leave(): void {
    this.leaving = true;
    if (this.#requests?.underWay === true || this.#tunnel !== null || this.isOver) return;
    this.lastCall();
  }

  lastCall(): void {
    this.#lastCallMs = Math.min(this.#lastCallMs, this.ledger.rules.context.now() + LAST_CALL_MS);
  }

  tick(nowMs: number): void {
    if (!this.#keepsAlive && nowMs >= keepaliveDeadlineMs(this.ledger)) this.#keepAlive();
    if (nowMs >= ageDeadlineMs(this.ledger)) this.abort('session_age');
    else if (this.#header !== null) {
      if (nowMs >= this.#header.deadline) this.#header.expire();
    } else {
      this.#traffic.count();
      if (this.#close.begun) this.#close.tick(nowMs);
      else if (this.#ending.reason === null && this.#requests !== null) this.#watch(nowMs, this.#requests);
    }
  }

  // ── called by the requests ──

  brokeOff(reason: CloseReason, detail: string | null, byEnd: boolean): void {
    this.#ending.set(reason, detail);
    if (byEnd) this.#close.linger();
    else this.#close.resetWhenSent();
  }

  upgraded(endpoint: Socket, head: string, first: Uint8Array): void {
    this.#socket.write(head, 'latin1');
    if (first.length > 0) this.#socket.write(first);
    this.#tunnel = new Tunnel(this.#socket, endpoint, this);
  }

  // ── called by the tunnel ──

  endpointEnded(): void {
    this.#endpointEnded = true;
    if (!this.#socket.readableEnded) this.#first = 'endpoint_closed';
    this.#socket.end();
  }

  endpointBroke(reason: CloseReason): void {
    this.#ending.set(reason);
    this.#close.resetWhenSent();
  }

  endpointGone(): void {
    this.#close.linger();
  }

  tunnelClosed(): void {
    if (this.#socket.closed) this.#end();
  }

  // ── the beginning and the end ──

  #known(header: Parameters<Ledger['identified']>[0], places: PlaceWait, serve: () => void): void {
    this.#traffic.begin();
    this.#serve = serve;
    const refusal = this.ledger.identified(header);
    if (refusal === null) this.placed();
    else places.admit(this, refusal);
  }

  placed(): void {
    const { client, rules } = this.ledger;
    const fields = new ClientFields(client, rules.plan.presentation);
    this.#requests = new ClientRequests(
      this,
      this.#socket,
      this.#traffic,
      this.#connections,
      fields,
      this.#serve,
    );
    this.#serve();
  }

  #clientError(code: string | undefined): void {
    // A reset after the last answer has been sent ends the connection as well as a FIN does.
    if (this.#header !== null || (this.#close.begun && this.#socket.writableFinished)) return;
    this.#ending.set(breakReason('client', code), code ?? null);
  }

  #closed(): void {
    this.#requests?.abandon();
    this.#connections.close();
    const isWhole = this.#socket.readableEnded && this.#socket.writableFinished;
    this.#tunnel?.clientClosed(!isWhole);
    if (this.#tunnel?.closed !== false) this.#end();
  }

  #end(): void {
    this.#traffic.count();
    this.#ending.set(this.#first);
    const { reason, detail, firstBytes } = this.#ending;
    this.ledger.end(this.ledger.endingOf(reason!), detail, true, firstBytes);
    this.#onEnd(this);
  }

  // ── deadlines ──

  #keepAlive(): void {
    this.#keepsAlive = true;
    this.#socket.setKeepAlive(true, this.ledger.rules.plan.timeouts.keepaliveMs);
  }

  #watch(nowMs: number, requests: ClientRequests): void {
    if (requests.unfinished || this.#socket.isPaused()) touch(this.#socket);
    requests.tick(nowMs);
    if (!requests.underWay && this.#tunnel === null) this.#watchHead(nowMs, requests);
    this.#checkIdle(nowMs, requests);
  }

  /** Bytes that belong to no request yet are the beginning of a head, which has the same timeout as a PROXY header. */
  #watchHead(nowMs: number, requests: ClientRequests): void {
    // These bytes may be the rest of a body that was answered early, and not a head.
    if (requests.unfinished) this.#traffic.settle();
    if (nowMs >= this.#lastCallMs) this.part('drained');
    else if (!this.#traffic.headInTime(nowMs, this.ledger.rules.plan.admission.headerTimeoutMs))
      requests.answer(408, 'request_timeout', 'request_timeout', null);
  }

  #checkIdle(nowMs: number, requests: ClientRequests): void {
    if (this.isOver) return;
    const halfClosed = this.#socket.readableEnded || this.#endpointEnded;
    if (nowMs < idleDeadlineMs(this.ledger, halfClosed)) return;
    const reason = silenceReason(this.ledger, halfClosed);
    if (!requests.underWay && this.#tunnel === null) this.part(reason);
    else this.giveUp(reason);
  }
}

/** How a session ends. Only the first call counts: later ones are consequences of the ending. */
class SessionEnding {
  reason: CloseReason | null = null;
  detail: string | null = null;
  /** What a refused client sent. */
  firstBytes: Uint8Array | null = null;

  set(reason: CloseReason, detail: string | null = null, firstBytes: Uint8Array | null = null): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.detail = detail;
    this.firstBytes = firstBytes;
  }
}
