import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import { breakReason } from '../../plan/errno-reasons.ts';
import type { HeaderReader } from '../../session/header-reader.ts';
import { KEEPALIVE_AFTER_MS, type Ledger } from '../../session/ledger.ts';
import type { PlaceWait } from '../../session/place-wait.ts';
import type { Header } from '../../wire/header.ts';
import { whenPlaced } from '../main-thread/places.ts';
import { readAfterBrokenWrite } from '../main-thread/read-after-broken-write.ts';
import type { LiveSession } from '../main-thread/server-kind.ts';
import { touch } from '../main-thread/touch.ts';
import { Dialing, type DialOwner } from './dialing.ts';
import { NetFirstBytes, type NetFirstBytesOwner } from './first-bytes.ts';
import { NetLingering } from './lingering.ts';
import { sendHeader } from './send-header.ts';
import { type SocketOwner, watchClient, watchDial, watchEndpoint } from './socket-events.ts';

/**
 * One session on two `node:net` sockets. The rules are `Session`'s; here is what moves bytes.
 *
 *     client ──data──▶ pending ──▶ endpoint      full: the reading side pauses until `drain`
 *     client ──end───▶ end()  (half-close: the other direction goes on)
 *     client ──error─▶ what it had sent goes on, then a reset is carried across as a reset (`NetLingering`)
 */
export class NetSession implements SocketOwner, LiveSession, NetFirstBytesOwner, DialOwner {
  readonly ledger: Ledger;
  readonly #client: Socket;
  readonly #places: PlaceWait;
  readonly #onEnd: (session: NetSession) => void;
  /** null once the client's first bytes are decided. */
  #firstBytes: NetFirstBytes | null;
  #endpoint: Socket | null = null;
  /** While an endpoint is looked for. */
  #dialing: Dialing | null = null;
  /** What the client sent before the endpoint could take it. One chunk at the most: then it is paused. */
  #pending: Uint8Array | null = null;
  #clientEnded = false;
  #endpointEnded = false;
  /** The side that ended its stream first, for the reason of a good ending. */
  #first: CloseReason = 'client_closed';
  #reason: CloseReason | null = null;
  #detail: string | null = null;
  /** Once a side has broken: it ends what is left. */
  #lingering: NetLingering | null = null;
  /** When `tick` has something to end, in the worker's milliseconds. */
  #deadlineMs = Number.POSITIVE_INFINITY;
  readonly #oldestMs: number;
  #keepaliveAtMs: number;

  /** `onEnd` is called once, when both sockets are closed. */
  constructor(
    client: Socket,
    ledger: Ledger,
    reader: HeaderReader | null,
    places: PlaceWait,
    onEnd: (session: NetSession) => void,
  ) {
    this.#client = client;
    this.ledger = ledger;
    this.#firstBytes = reader === null ? null : new NetFirstBytes(reader, this);
    this.#places = places;
    this.#onEnd = onEnd;
    const { maxSessionAgeMs, keepaliveMs } = this.#plan.timeouts;
    this.#keepaliveAtMs =
      keepaliveMs > 0 ? ledger.lastActivityMs + KEEPALIVE_AFTER_MS : Number.POSITIVE_INFINITY;
    this.#oldestMs = maxSessionAgeMs > 0 ? ledger.lastActivityMs + maxSessionAgeMs : Number.POSITIVE_INFINITY;
  }

  /** Takes the client's socket over. A client that is only guarded is known already, and is dialed for at once. */
  start(): void {
    watchClient(this.#client, this);
    readAfterBrokenWrite(this.#client, ({ code }) => this.clientError(code));
    // An end that came while it waited for its turn was told to nobody.
    if (this.#client.readableEnded) queueMicrotask(() => this.clientEnd());
    const first = this.#firstBytes;
    if (first === null || first.reader.guards) this.#named(null);
    else this.#arm(this.#plan.admission.headerTimeoutMs);
  }

  tick(nowMs: number): void {
    if (this.#client.isPaused()) touch(this.#client);
    if (this.#endpoint?.isPaused()) touch(this.#endpoint);
    if (nowMs >= this.#keepaliveAtMs) this.#keepAlive();
    if (nowMs >= this.#oldestMs) this.abort('session_age');
    else if (nowMs < this.#deadlineMs || this.#reason !== null) return;
    else if (this.ledger.phase === 'relay') this.#checkIdle(nowMs);
    else if (this.ledger.phase === 'header') this.#firstBytes!.timeout();
    else this.#dialing!.timedOut();
  }

  /** Ends the session from our side: both sockets are reset. */
  abort(reason: CloseReason, detail: string | null = null): void {
    this.#reason ??= reason;
    this.#detail ??= detail;
    this.#stop();
    resetSocket(this.#client);
    if (this.#endpoint !== null) resetSocket(this.#endpoint);
  }

  giveUp(reason: CloseReason): void {
    this.abort(reason);
  }

  get #plan() {
    return this.ledger.rules.plan;
  }

  // ── the client's first bytes ──

  clientData(chunk: Uint8Array): void {
    if (this.#lingering !== null) this.#lingering.data(this.#client, chunk);
    else if (this.#firstBytes !== null) this.#firstBytes.take(chunk);
    else this.#forward(chunk);
  }

  came(rest: Uint8Array, header: Header | null, over: boolean): void {
    if (over || this.#clientEnded) this.#firstBytes = null;
    if (this.ledger.phase === 'header') this.#named(header);
    if (this.#reason === null && rest.length > 0) this.#forward(rest);
  }

  /** The client is known: asks for an endpoint, or it has to go. */
  #named(header: Header | null): void {
    const refused = this.ledger.identified(header);
    // A header's deadline is none of a wait.
    this.#arm(0);
    whenPlaced(this.#places, this, this.#client, refused, () => {
      this.#dialing = new Dialing(this.ledger, this);
      this.#dialing.start();
    });
  }

  // ── the endpoint ──

  attempted(): void {
    this.#arm(this.#plan.timeouts.connectMs);
  }

  dialing(socket: Socket): void {
    watchDial(socket, this);
    this.#endpoint = socket;
  }

  connected(socket: Socket): void {
    if (this.#reason !== null || this.#dialing === null || !this.#dialing.reached(socket)) return;
    this.#dialing = null;
    this.ledger.connected();
    watchEndpoint(socket);
    readAfterBrokenWrite(socket, ({ code }, wasEmpty) => this.#broken(socket, code, !wasEmpty));
    const pending = this.#pending;
    this.#pending = null;
    if (!sendHeader(socket, this.ledger, pending)) {
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
    if (this.ledger.phase !== 'relay' || endpoint === null) {
      // Only what arrives in the same turn as the pause can find something here.
      this.#pending = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk]);
      this.#client.pause();
    } else {
      this.ledger.sentToEndpoint(chunk.length);
      if (!endpoint.write(chunk)) this.#client.pause();
    }
  }

  endpointData(chunk: Uint8Array): void {
    if (this.#lingering !== null) {
      this.#lingering.data(this.#endpoint!, chunk);
      return;
    }
    this.ledger.sentToClient(chunk.length);
    if (!this.#client.write(chunk)) this.#endpoint?.pause();
  }

  /** One side has taken what it was given: the other may go on. */
  drained(side: 'client' | 'endpoint'): void {
    this.ledger.touch();
    if (this.#lingering !== null) this.#lingering.drained();
    else if (side === 'client') this.#endpoint?.resume();
    else this.#client.resume();
  }

  clientEnd(): void {
    if (this.#hasReset(this.#client)) return;
    this.#clientEnded = true;
    this.#firstBytes?.end();
    if (this.#reason !== null) return;
    if (this.ledger.phase === 'relay') this.#halfClosed(this.#endpoint!);
  }

  endpointEnd(): void {
    if (this.#hasReset(this.#endpoint!)) return;
    if (!this.#clientEnded) this.#first = 'endpoint_closed';
    this.#endpointEnded = true;
    this.#halfClosed(this.#client);
  }

  /** Node tells of a reset behind bytes as of an end: what was cut off must not pass for whole. */
  #hasReset(socket: Socket): boolean {
    if (this.#lingering !== null) this.#lingering.ended(socket);
    return this.#lingering !== null || touch(socket);
  }

  #halfClosed(other: Socket): void {
    this.ledger.touch();
    other.end();
    this.#watchIdle();
  }

  // ── endings ──

  clientError(code: string | undefined): void {
    if (this.ledger.phase === 'relay') this.#broken(this.#client, code, false);
    else if (this.ledger.phase === 'connect')
      this.abort(this.#pending === null ? 'probe' : 'client_gone', code ?? null);
    else this.abort(this.#firstBytes!.reader.bytes.length > 0 ? 'header_reset' : 'probe', code ?? null);
  }

  endpointError(socket: Socket, code: string | undefined): void {
    if (this.#dialing !== null) this.#dialing.broke(socket, code);
    else if (socket === this.#endpoint) this.#broken(socket, code, false);
  }

  /** One side broke, `refusing`: by a write to it. What it had sent is the other one's. */
  #broken(socket: Socket, code: string | undefined, refusing: boolean): void {
    if (this.#lingering !== null) this.#lingering.failed(socket);
    const isClient = socket === this.#client;
    const other = isClient ? this.#endpoint : this.#client;
    if (this.#reason !== null || other === null) return;
    const reason = breakReason(isClient ? 'client' : 'endpoint', code);
    this.#detail = code ?? null;
    // EPIPE: its end had come before the reset.
    const whole = code === 'EPIPE' || (isClient ? this.#clientEnded : this.#endpointEnded);
    const what = { reason, broken: socket, other, otherIsClient: !isClient, whole, refusing };
    // What was held back of it will not become a header.
    if (isClient && this.#firstBytes !== null && this.#firstBytes.reader.held > 0) this.#firstBytes.end();
    this.#reason = reason;
    this.#lingering = new NetLingering(this.ledger, what, (how) => this.#close(how, other));
    this.#lingering.start();
  }

  #close(how: 'close' | 'reset', other: Socket): void {
    this.#stop();
    if (how === 'close') other.destroy();
    else resetSocket(other);
    (other === this.#client ? this.#endpoint! : this.#client).destroy();
  }

  #stop(): void {
    for (const part of [this.#lingering, this.#firstBytes, this.#dialing]) part?.stop();
  }

  closed(): void {
    const open = !this.#client.closed || (this.#endpoint !== null && !this.#endpoint.closed);
    if (open || this.ledger.ended) return;
    this.#stop();
    const reader = this.#firstBytes?.reader;
    const reason = this.ledger.endingOf(this.#reason ?? this.#first, reader?.held);
    this.ledger.end(reason, this.#detail, true, reader?.bytes ?? null);
    this.#onEnd(this);
  }

  // ── deadlines ──

  #keepAlive(): void {
    const { keepaliveMs } = this.#plan.timeouts;
    this.#client.setKeepAlive(true, keepaliveMs);
    // An endpoint that is being dialed has its turn at a later tick.
    if (this.ledger.phase !== 'relay') return;
    this.#endpoint!.setKeepAlive(true, keepaliveMs);
    this.#keepaliveAtMs = Number.POSITIVE_INFINITY;
  }

  #arm(ms: number): void {
    this.#deadlineMs = ms > 0 ? this.ledger.rules.context.now() + ms : Number.POSITIVE_INFINITY;
  }

  /** Traffic does not move the deadline: when it comes, it looks how long nothing has moved. */
  #watchIdle(): void {
    const { ms } = this.ledger.silence(this.#clientEnded || this.#endpointEnded);
    this.#deadlineMs = ms > 0 ? this.ledger.lastActivityMs + ms : Number.POSITIVE_INFINITY;
  }

  #checkIdle(nowMs: number): void {
    const { ms, reason } = this.ledger.silence(this.#clientEnded || this.#endpointEnded);
    if (this.ledger.lastActivityMs + ms <= nowMs) this.abort(reason);
    else this.#watchIdle();
  }
}
