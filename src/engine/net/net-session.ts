import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { DialBegin } from '../../session/attempt.ts';
import type { BrokenSide } from '../../session/broken-side.ts';
import type { Address } from '../../session/client.ts';
import { Course } from '../../session/course.ts';
import type { HeaderReader } from '../../session/header-reader.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { PlaceWait } from '../../session/place-wait.ts';
import type { SessionCarrier } from '../../session/session-carrier.ts';
import { localAddress } from '../main-thread/peer-address.ts';
import { readAfterBrokenWrite, writeError } from '../main-thread/read-after-broken-write.ts';
import type { LiveSession } from '../main-thread/server-kind.ts';
import { touch } from '../main-thread/touch.ts';
import { lines } from '../main-thread/waits.ts';
import { dial } from './dial.ts';
import { NetRemainder } from './net-remainder.ts';
import { sendHeader } from './send-header.ts';
import { type SocketOwner, watchClient, watchDial, watchEndpoint } from './socket-events.ts';

/**
 * One session on two `node:net` sockets. Its `Course` decides what happens next; this class reports to it what the sockets do, carries
 * out its calls, and moves bytes.
 *
 *     client ──data──▶ pending ──▶ endpoint      if full, the reading side pauses until `drain`
 *     client ──end───▶ end()                     half-close: the other direction continues
 *     client ──error─▶ what it had sent is delivered, then a reset is passed on as a reset (`NetRemainder`)
 */
export class NetSession implements SocketOwner, LiveSession, SessionCarrier {
  readonly ledger: Ledger;
  readonly lines = lines;
  readonly places: PlaceWait;
  /** Node does not report what a peer has acknowledged. */
  readonly findsLost = false;
  readonly #course: Course;
  readonly #client: Socket;
  readonly #onEnd: (session: NetSession) => void;
  /** The socket of the latest dial. The session waits for its `close`, whatever the result of the dial. */
  #endpoint: Socket | null = null;
  /** The same while the dial is in progress and its result is needed; otherwise null. */
  #dialed: Socket | null = null;
  /** Bytes of the client until an endpoint is connected. At most one chunk: then the client is paused. */
  #pending: Uint8Array | null = null;
  #remainder: NetRemainder | null = null;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  /** Runs while bytes of a guarded client are held back. */
  #heldTimer: NodeJS.Timeout | null = null;

  /** `onEnd` is called once, when both sockets are closed. */
  constructor(
    client: Socket,
    ledger: Ledger,
    reader: HeaderReader | null,
    places: PlaceWait,
    onEnd: (session: NetSession) => void,
  ) {
    this.ledger = ledger;
    this.places = places;
    this.#client = client;
    this.#onEnd = onEnd;
    this.#course = new Course(ledger, reader, this);
  }

  // ── from the accept to the place ──

  /** Takes over the client's socket. */
  start(): void {
    watchClient(this.#client, this);
    readAfterBrokenWrite(this.#client, ({ code }) => this.clientError(code));
    // The end of the client's stream may have come before `watchClient`, while it waited for a place.
    if (this.#client.readableEnded) queueMicrotask(() => this.clientEnd());
    this.#course.start();
  }

  clientData(chunk: Uint8Array): void {
    if (this.#remainder !== null) this.#remainder.data(this.#client, chunk);
    else if (this.#course.readsFirst) this.#readFirst(chunk);
    else this.#forward(chunk);
  }

  /** A write to the client has failed, and its first bytes are not decided yet. */
  get #judgesLast(): boolean {
    return this.#course.readsFirst && this.ledger.phase === 'relay' && writeError(this.#client) !== null;
  }

  #readFirst(chunk: Uint8Array): void {
    const judgesLast = this.#judgesLast;
    this.#course.read(chunk);
    if (judgesLast && !this.#course.readsFirst) this.#brokeBehindFirst();
    const { heldUntilMs } = this.#course;
    if (heldUntilMs === Number.POSITIVE_INFINITY || this.#heldTimer !== null) return;
    // The listener's ticker may be half a second late: too long for a person who types. Node's timers may be 1 ms early.
    const { now } = this.ledger.rules.context;
    this.#heldTimer = setTimeout(() => this.tick(now()), heldUntilMs - now() + 1);
  }

  carry(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#forward(bytes);
  }

  #forward(chunk: Uint8Array): void {
    if (this.ledger.phase !== 'relay') {
      // Not empty only if the bytes arrive in the same turn as the pause.
      this.#pending = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk]);
      this.#client.pause();
    } else {
      this.ledger.sentToEndpoint(chunk.length);
      if (!this.#endpoint!.write(chunk)) this.#client.pause();
    }
  }

  placed(): void {}

  // ── the endpoint ──

  dial(endpoint: Endpoint): DialBegin {
    const socket = dial(endpoint, this.ledger.rules);
    watchDial(socket, this);
    this.#endpoint = socket;
    this.#dialed = socket;
    return 'pending';
  }

  dialedFrom(): Address | undefined {
    return localAddress(this.#dialed!);
  }

  dropDial(): void {
    const socket = this.#dialed;
    this.#dialed = null;
    if (socket !== null) resetSocket(socket);
  }

  connected(socket: Socket): void {
    if (socket === this.#dialed) this.#course.dialReached();
  }

  relay(): void {
    const endpoint = this.#dialed!;
    this.#dialed = null;
    watchEndpoint(endpoint);
    readAfterBrokenWrite(endpoint, ({ code }, wasEmpty) => this.#broke(endpoint, code, !wasEmpty));
    const pending = this.#pending;
    this.#pending = null;
    if (!sendHeader(endpoint, this.ledger, pending)) {
      this.abort('presentation_failed');
      return;
    }
    if (this.#course.halfClosed) endpoint.end();
    else if (!endpoint.writableNeedDrain) this.#client.resume();
  }

  // ── the relay ──

  endpointData(chunk: Uint8Array): void {
    if (this.#remainder !== null) {
      this.#remainder.data(this.#endpoint!, chunk);
      return;
    }
    this.ledger.sentToClient(chunk.length);
    if (!this.#client.write(chunk)) this.#endpoint?.pause();
  }

  /** A side has drained, so the other may be read again. */
  drained(side: 'client' | 'endpoint'): void {
    this.ledger.touch();
    if (this.#remainder !== null) this.#remainder.drained();
    else if (side === 'client') this.#endpoint?.resume();
    else this.#client.resume();
  }

  clientEnd(): void {
    if (this.#judgesLast) this.#brokeBehindFirst();
    if (this.#hasReset(this.#client)) return;
    this.#course.ended('client');
    if (this.#course.phase === 'relay') this.#passEnd(this.#endpoint!);
  }

  endpointEnd(): void {
    if (this.#hasReset(this.#endpoint!)) return;
    this.#course.ended('endpoint');
    this.#passEnd(this.#client);
  }

  /** Node reports a reset that arrives with bytes as an end. A stream that was cut off must not look complete. */
  #hasReset(socket: Socket): boolean {
    if (this.#remainder !== null) this.#remainder.ended(socket);
    return this.#remainder !== null || touch(socket);
  }

  #passEnd(to: Socket): void {
    to.end();
    this.#course.halfClose();
  }

  // ── endings ──

  clientError(code: string | undefined): void {
    if (this.ledger.phase === 'relay') {
      // A write has found the break: what the client sent before it is still to come, and may be a header.
      if (!this.#judgesLast || this.#client.destroyed || this.#client.readableEnded)
        this.#broke(this.#client, code, false);
    } else this.#course.clientBroke(code ?? null, this.#pending !== null);
  }

  endpointError(socket: Socket, code: string | undefined): void {
    if (socket === this.#dialed) this.#course.dialFailed(code ?? null);
    else if (socket === this.#endpoint) this.#broke(socket, code, false);
  }

  /** What the client had sent before a write to it failed is judged: now it counts as broken. */
  #brokeBehindFirst(): void {
    this.#broke(this.#client, writeError(this.#client)!.code, false);
  }

  /** `refusing`: a write to it failed. */
  #broke(socket: Socket, code: string | undefined, refusing: boolean): void {
    if (this.#remainder !== null) this.#remainder.failed(socket);
    else this.#course.broke(socket === this.#client ? 'client' : 'endpoint', code ?? null, refusing);
  }

  partFrom(broken: BrokenSide): void {
    const client = this.#client;
    const endpoint = this.#endpoint!;
    const [from, to] = broken.side === 'client' ? [client, endpoint] : [endpoint, client];
    this.#remainder = new NetRemainder(this.ledger, broken, from, to);
    this.#remainder.start();
  }

  abort(reason: CloseReason, detail: string | null = null): void {
    this.#course.abort(reason, detail);
  }

  giveUp(reason: CloseReason): void {
    this.#course.abort(reason);
  }

  reset(): void {
    this.#remainder?.stop();
    resetSocket(this.#client);
    if (this.#endpoint !== null) resetSocket(this.#endpoint);
  }

  closed(): void {
    const open = !this.#client.closed || (this.#endpoint !== null && !this.#endpoint.closed);
    if (open || this.ledger.ended) return;
    this.#remainder?.stop();
    if (this.#heldTimer !== null) clearTimeout(this.#heldTimer);
    this.#course.closed();
    this.#onEnd(this);
  }

  // ── deadlines ──

  tick(nowMs: number): void {
    if (this.#client.isPaused()) touch(this.#client);
    if (this.#endpoint?.isPaused()) touch(this.#endpoint);
    if (nowMs >= this.#wakeAtMs) this.#course.expired(nowMs);
  }

  wakeAt(atMs: number): void {
    this.#wakeAtMs = atMs;
  }

  keepAlive(): void {
    const { keepaliveMs } = this.ledger.rules.plan.timeouts;
    this.#client.setKeepAlive(true, keepaliveMs);
    if (this.ledger.phase === 'relay') this.#endpoint!.setKeepAlive(true, keepaliveMs);
  }

  findLost(): void {}
}
