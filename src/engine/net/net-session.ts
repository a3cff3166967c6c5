import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import type { CloseReason } from '../../proxy/close-reason.ts';
import type { ConnectFailure } from '../../proxy/connect-failure.ts';
import { breakReason, connectFailure } from '../../proxy/errno.ts';
import type { HeaderReader, HeaderVerdict } from '../../proxy/header-reader.ts';
import type { PlaceWait } from '../../proxy/place-wait.ts';
import { KEEPALIVE_AFTER_MS, type Session } from '../../proxy/session.ts';
import type { EndpointsInTurn } from '../../proxy/transparent-rules.ts';
import { whenPlaced } from '../main-thread/places.ts';
import type { Served } from '../main-thread/serving.ts';
import { touch } from '../main-thread/touch.ts';
import { dial } from './dial.ts';
import { greet } from './greet.ts';
import { type SocketOwner, watchClient, watchDial, watchEndpoint } from './socket-events.ts';

/**
 * One session on two `node:net` sockets. The rules are `Session`'s; here is what moves bytes.
 *
 *     client ──data──▶ pending ──▶ endpoint      full: the reading side pauses until `drain`
 *     client ──end───▶ end()  (half-close: the other direction goes on)
 *     client ──error─▶ reset  (a reset is carried across as a reset)
 */
export class NetSession implements SocketOwner, Served {
  readonly session: Session;
  readonly #client: Socket;
  readonly #places: PlaceWait;
  readonly #onEnd: (session: NetSession) => void;
  /** What the first bytes go through, until they are decided. */
  #reader: HeaderReader | null;
  #endpoint: Socket | null = null;
  #candidates: EndpointsInTurn | null = null;
  /** What the client sent before the endpoint could take it. One chunk at the most: then it is paused. */
  #pending: Uint8Array | null = null;
  #clientEnded = false;
  #endpointEnded = false;
  /** The side that ended its stream first, for the reason of a good ending. */
  #first: CloseReason = 'client_closed';
  #reason: CloseReason | null = null;
  #detail: string | null = null;
  /** When `tick` has something to end, in the worker's milliseconds. */
  #deadlineMs = Number.POSITIVE_INFINITY;
  readonly #oldestMs: number;
  #keepaliveAtMs: number;

  /** `onEnd` is called once, when both sockets are closed. */
  constructor(
    client: Socket,
    session: Session,
    reader: HeaderReader | null,
    places: PlaceWait,
    onEnd: (session: NetSession) => void,
  ) {
    this.#client = client;
    this.session = session;
    this.#reader = reader;
    this.#places = places;
    this.#onEnd = onEnd;
    const { maxSessionAgeMs, keepaliveMs } = this.#plan.timeouts;
    this.#keepaliveAtMs =
      keepaliveMs > 0 ? session.lastActivityMs + KEEPALIVE_AFTER_MS : Number.POSITIVE_INFINITY;
    this.#oldestMs =
      maxSessionAgeMs > 0 ? session.lastActivityMs + maxSessionAgeMs : Number.POSITIVE_INFINITY;
  }

  /** Takes the client's socket over. A client that is only guarded is known already, and is dialed for at once. */
  start(): void {
    watchClient(this.#client, this);
    // An end that came while it waited for its turn was told to nobody.
    if (this.#client.readableEnded) queueMicrotask(() => this.clientEnd());
    const reader = this.#reader;
    if (reader === null || reader.guards) this.#named(null);
    else this.#arm(this.#plan.admission.headerTimeoutMs);
  }

  tick(nowMs: number): void {
    if (this.#client.isPaused()) touch(this.#client);
    if (this.#endpoint?.isPaused()) touch(this.#endpoint);
    if (nowMs >= this.#keepaliveAtMs) this.#keepAlive();
    if (nowMs >= this.#oldestMs) this.abort('session_age');
    else if (nowMs < this.#deadlineMs) return;
    else if (this.session.phase === 'relay') this.#checkIdle(nowMs);
    else if (this.#reason !== null) return;
    else if (this.session.phase === 'header') this.#verdict(this.#reader!.timeout());
    else this.#dialFailed(this.#endpoint!, 'connect_timeout', null);
  }

  /** Ends the session from our side: both sockets are reset. */
  abort(reason: CloseReason, detail: string | null = null): void {
    this.#reason ??= reason;
    this.#detail ??= detail;
    resetSocket(this.#client);
    if (this.#endpoint !== null) resetSocket(this.#endpoint);
  }

  giveUp(reason: CloseReason): void {
    this.abort(reason);
  }

  get #plan() {
    return this.session.rules.plan;
  }

  // ── the client's first bytes ──

  clientData(chunk: Uint8Array): void {
    if (this.#reader !== null) this.#verdict(this.#reader.take(chunk));
    else this.#forward(chunk);
  }

  #verdict(verdict: HeaderVerdict): void {
    if (verdict.kind === 'more' || this.#reason !== null) return;
    if (verdict.kind === 'refused') {
      this.abort(verdict.reason, verdict.detail);
      return;
    }
    const silent = verdict.kind === 'plain' && verdict.rest.length === 0;
    this.#reader = silent && !this.#clientEnded ? this.session.rules.afterSilence() : null;
    const named =
      this.session.phase !== 'header' || this.#named(verdict.kind === 'header' ? verdict.header : null);
    if (named && verdict.rest.length > 0) this.#forward(verdict.rest);
  }

  /** The client is known. False where it has to go. */
  #named(header: Parameters<Session['named']>[0]): boolean {
    const refused = this.session.named(header);
    // A header's deadline is none of a wait.
    this.#arm(0);
    whenPlaced(this.#places, this, this.#client, refused, () => {
      this.#candidates = this.session.candidates();
      this.#dialNext(null, null);
    });
    return this.#reason === null;
  }

  // ── the endpoint ──

  #dialNext(failure: ConnectFailure | null, code: string | null): void {
    const endpoint = this.#candidates!.next();
    if (endpoint === null) {
      this.abort(failure ?? this.session.rules.pool.empty, code);
      return;
    }
    this.session.dialing(endpoint);
    const socket = dial(endpoint, this.session.rules);
    this.#endpoint = socket;
    watchDial(socket, this);
    this.#arm(this.#plan.timeouts.connectMs);
  }

  #dialFailed(socket: Socket, failure: ConnectFailure, code: string | null): void {
    this.#endpoint = null;
    socket.destroy();
    this.session.dialFailed(failure);
    if (this.#reason === null) this.#dialNext(failure, code);
  }

  connected(socket: Socket): void {
    if (this.#reason !== null) return;
    this.session.connected();
    watchEndpoint(socket);
    const pending = this.#pending;
    this.#pending = null;
    if (!greet(socket, this.session, pending)) {
      this.abort('presentation_failed');
      return;
    }
    if (this.#clientEnded) socket.end();
    else if (!socket.writableNeedDrain) this.#client.resume();
    this.#watchIdle();
  }

  // ── the relay ──

  #forward(chunk: Uint8Array): void {
    const endpoint = this.#endpoint;
    if (this.session.phase !== 'relay' || endpoint === null) {
      // Only what arrives in the same turn as the pause can find something here.
      this.#pending = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk]);
      this.#client.pause();
    } else {
      this.session.sentToEndpoint(chunk.length);
      if (!endpoint.write(chunk)) this.#client.pause();
    }
  }

  endpointData(chunk: Uint8Array): void {
    this.session.sentToClient(chunk.length);
    if (!this.#client.write(chunk)) this.#endpoint?.pause();
  }

  /** One side has taken what it was given: the other may go on. */
  clientDrain(): void {
    this.session.touch();
    this.#endpoint?.resume();
  }

  endpointDrain(): void {
    this.session.touch();
    this.#client.resume();
  }

  /** Node tells of a reset behind bytes as of an end: what was cut off must not pass for whole. */
  clientEnd(): void {
    if (touch(this.#client)) return;
    if (this.#reader !== null) this.#verdict(this.#reader.end());
    if (this.#reason !== null) return;
    this.#clientEnded = true;
    if (this.session.phase === 'relay') this.#halfClosed(this.#endpoint!);
  }

  endpointEnd(): void {
    if (touch(this.#endpoint!)) return;
    if (!this.#clientEnded) this.#first = 'endpoint_closed';
    this.#endpointEnded = true;
    this.#halfClosed(this.#client);
  }

  #halfClosed(other: Socket): void {
    this.session.touch();
    other.end();
    this.#watchIdle();
  }

  // ── endings ──

  clientError(code: string | undefined): void {
    if (this.session.phase === 'relay') this.#broken('client', code);
    else if (this.session.phase === 'connect')
      this.abort(this.#pending === null ? 'probe' : 'client_gone', code ?? null);
    else this.abort(this.#reader!.bytes.length > 0 ? 'header_reset' : 'probe', code ?? null);
  }

  endpointError(socket: Socket, code: string | undefined): void {
    if (socket !== this.#endpoint) return;
    if (this.session.phase === 'relay') this.#broken('endpoint', code);
    else if (this.#reason === null) this.#dialFailed(socket, connectFailure(code), code ?? null);
  }

  /**
   * One side broke, and the other is reset. But where all that the broken side sent is on its way, with
   * its end behind it, that is delivered first; the timer that runs already bounds it.
   */
  #broken(side: 'client' | 'endpoint', code: string | undefined): void {
    const other = side === 'client' ? this.#endpoint : this.#client;
    this.#reason ??= breakReason(side, code);
    this.#detail ??= code ?? null;
    if (other === null || other.destroyed) return;
    if (other.writableEnded && !other.writableFinished) {
      other.pause();
      other.once('finish', () => resetSocket(other));
    } else resetSocket(other);
  }

  closed(): void {
    const open = !this.#client.closed || (this.#endpoint !== null && !this.#endpoint.closed);
    if (open || this.session.ended) return;
    const reason = this.#reason ?? this.#first;
    const first = this.#reader === null ? null : this.#reader.bytes;
    this.session.end(this.session.endingOf(reason), this.#detail, true, first);
    this.#onEnd(this);
  }

  // ── deadlines ──

  #keepAlive(): void {
    const { keepaliveMs } = this.#plan.timeouts;
    this.#client.setKeepAlive(true, keepaliveMs);
    // An endpoint that is being dialed has its turn at a later tick.
    if (this.session.phase !== 'relay') return;
    this.#endpoint!.setKeepAlive(true, keepaliveMs);
    this.#keepaliveAtMs = Number.POSITIVE_INFINITY;
  }

  #arm(ms: number): void {
    this.#deadlineMs = ms > 0 ? this.session.rules.context.now() + ms : Number.POSITIVE_INFINITY;
  }

  /** Traffic does not move the deadline: when it comes, it looks how long nothing has moved. */
  #watchIdle(): void {
    const { ms } = this.session.silence(this.#clientEnded || this.#endpointEnded);
    this.#deadlineMs = ms > 0 ? this.session.lastActivityMs + ms : Number.POSITIVE_INFINITY;
  }

  #checkIdle(nowMs: number): void {
    const { ms, reason } = this.session.silence(this.#clientEnded || this.#endpointEnded);
    if (this.session.lastActivityMs + ms <= nowMs) this.abort(reason);
    else this.#watchIdle();
  }
}
