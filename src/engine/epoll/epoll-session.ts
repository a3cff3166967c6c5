import type { Candidates } from '../../endpoints/candidates.ts';
import { EPOLL } from '../../linux/epoll.ts';
import { ERRNO, errnoName } from '../../linux/errno.ts';
import { endStream, receive, socketError } from '../../linux/socket.ts';
import { Timer } from '../../loop/timer-wheel.ts';
import type { CloseReason, ConnectFailure } from '../../proxy/close-reason.ts';
import { breakReason, connectFailure } from '../../proxy/errno.ts';
import type { HeaderReader, HeaderVerdict } from '../../proxy/header-reader.ts';
import type { Session } from '../../proxy/session.ts';
import { dial } from './dial.ts';
import { HEADROOM, READ_BYTES } from './read-buffer.ts';
import { flush, sendOrKeep, transfer } from './relay.ts';
import { Side } from './side.ts';
import type { Worker } from './worker-parts.ts';

const WATCHED = EPOLL.IN | EPOLL.OUT | EPOLL.RDHUP | EPOLL.ET;

/**
 * One session on two descriptors. The rules are `Session`'s; here is what moves bytes.
 *
 *     readable ──recv──▶ shared buffer ──send──▶ the other side     not taken: a backlog, and no more reads
 *     end ─────────────▶ shutdown at the end of the batch           both ended within it: close, no shutdown
 *     error ───────────▶ reset of the other side
 */
export class EpollSession {
  readonly session: Session;
  readonly #worker: Worker;
  readonly #client: Side;
  readonly #onEnd: (session: EpollSession) => void;
  readonly #timer: Timer;
  #reader: HeaderReader | null;
  #endpoint: Side | null = null;
  #connecting = false;
  #candidates: Candidates | null = null;
  /** What came behind the client's header, until the endpoint can take it. */
  #pending: Uint8Array | null = null;
  #first: CloseReason = 'client_closed';
  #endQueued = false;
  #over = false;
  readonly #oldestMs: number;

  constructor(
    worker: Worker,
    fd: number,
    session: Session,
    reader: HeaderReader | null,
    onEnd: (session: EpollSession) => void,
  ) {
    this.#worker = worker;
    this.session = session;
    this.#client = new Side('client', fd, this);
    this.#reader = reader;
    this.#onEnd = onEnd;
    this.#timer = new Timer(() => this.#expired());
    const { maxSessionAgeMs } = session.rules.plan.timeouts;
    this.#oldestMs =
      maxSessionAgeMs > 0 ? session.lastActivityMs + maxSessionAgeMs : Number.POSITIVE_INFINITY;
  }

  /** Takes the client's descriptor over. */
  start(): void {
    const { loop } = this.#worker;
    if (loop.watch(this.#client.fd, WATCHED, this.#client) < 0) {
      this.abort('descriptors');
      return;
    }
    const reader = this.#reader;
    if (reader === null || reader.guards) this.#named(null);
    else {
      this.#arm(this.session.rules.plan.admission.headerTimeoutMs);
      this.#readFirst();
    }
  }

  /** Ends the session from our side: what is open is reset. */
  abort(reason: CloseReason, detail: string | null = null): void {
    if (this.#over) return;
    const { loop } = this.#worker;
    loop.reset(this.#client.fd);
    if (this.#endpoint !== null) loop.reset(this.#endpoint.fd);
    this.#end(reason, detail);
  }

  /** Something happened to one of the sides. */
  ready(side: Side, events: number): void {
    if (this.#over) return;
    if (events & (EPOLL.IN | EPOLL.RDHUP | EPOLL.HUP | EPOLL.ERR)) side.readable = true;
    if (events & EPOLL.RDHUP) side.hungUp = true;
    if (events & (EPOLL.HUP | EPOLL.ERR)) side.dead = true;
    if (this.#connecting) {
      if (side === this.#endpoint) {
        if (events & (EPOLL.OUT | EPOLL.ERR | EPOLL.HUP)) this.#dialEnded(side);
      } else if (events & EPOLL.ERR) this.abort('client_gone', errnoName(socketError(side.fd)));
      return;
    }
    if (this.session.phase === 'header') this.#readFirst();
    else this.#relayReady(side, events);
  }

  // ── the client's first bytes ──

  #readFirst(): void {
    const { buffer } = this.#worker;
    const client = this.#client;
    while (!this.#over && this.session.phase === 'header' && client.readable) {
      const count = receive(client.fd, buffer.address + HEADROOM, READ_BYTES);
      if (count > 0) {
        const drained = count < READ_BYTES && !client.dead;
        if (drained && !client.hungUp) client.readable = false;
        this.#verdict(this.#reader!.take(buffer.bytes.subarray(HEADROOM, HEADROOM + count)));
      } else if (count === 0) this.#verdict(this.#reader!.end());
      else if (count === -ERRNO.EAGAIN) client.readable = false;
      else if (count !== -ERRNO.EINTR) {
        const started = this.#reader!.bytes.length > 0;
        this.abort(started ? 'header_reset' : 'probe', errnoName(-count));
      }
    }
  }

  #verdict(verdict: HeaderVerdict): void {
    if (verdict.kind === 'more') return;
    if (verdict.kind === 'refused') {
      this.abort(verdict.reason, verdict.detail);
      return;
    }
    const silent = verdict.kind === 'plain' && verdict.rest.length === 0;
    this.#reader = silent ? this.session.rules.afterSilence() : null;
    // The buffer is used again before an endpoint is connected.
    if (verdict.rest.length > 0) this.#pending = verdict.rest.slice();
    if (this.session.phase === 'header') this.#named(verdict.kind === 'header' ? verdict.header : null);
  }

  #named(header: Parameters<Session['named']>[0]): void {
    if (!this.session.named(header)) {
      this.abort('over_client_limit');
      return;
    }
    const { context, pool, plan } = this.session.rules;
    this.#candidates = pool.candidates(context.now(), plan.attempts);
    this.#dialNext(null, null);
  }

  // ── the endpoint ──

  #dialNext(failure: ConnectFailure | null, errno: string | null): void {
    let why = failure;
    let code = errno;
    for (;;) {
      const endpoint = this.#candidates!.next();
      if (endpoint === null) {
        this.abort(why ?? 'no_endpoint', code);
        return;
      }
      this.session.dialing(endpoint);
      const fd = dial(endpoint, this.session.rules.plan.timeouts.keepaliveMs);
      if (fd >= 0) {
        const side = new Side('endpoint', fd, this);
        if (this.#worker.loop.watch(fd, WATCHED, side) >= 0) {
          this.#endpoint = side;
          this.#connecting = true;
          this.#arm(this.session.rules.plan.timeouts.connectMs);
          return;
        }
        this.#worker.loop.close(fd);
      }
      code = fd >= 0 ? null : errnoName(-fd);
      why = fd >= 0 ? 'descriptors' : connectFailure(code ?? undefined);
      this.session.dialFailed(why);
    }
  }

  #dialEnded(side: Side): void {
    const errno = socketError(side.fd);
    if (errno !== 0) this.#dialFailed(connectFailure(errnoName(errno)), errnoName(errno));
    else this.#connected(side);
  }

  #dialFailed(failure: ConnectFailure, code: string | null): void {
    this.#worker.loop.close(this.#endpoint!.fd);
    this.#endpoint = null;
    this.#connecting = false;
    this.session.dialFailed(failure);
    this.#dialNext(failure, code);
  }

  /** The header, and the first payload with it in one send. */
  #connected(endpoint: Side): void {
    this.#connecting = false;
    this.session.connected();
    const { scratch } = this.session.rules;
    const length = this.session.present(scratch, 0);
    if (length < 0) {
      this.abort('presentation_failed');
      return;
    }
    if (!this.#greet(endpoint, scratch, length)) return;
    this.#watchIdle();
    // Bytes of the endpoint may be here before its first event, and no other will come for them.
    this.#move(endpoint, this.#client);
    if (!this.#over) this.#move(this.#client, endpoint);
  }

  #greet(endpoint: Side, header: Uint8Array, length: number): boolean {
    const { buffer } = this.#worker;
    const client = this.#client;
    let payload = 0;
    const room = length <= HEADROOM ? HEADROOM - length : 0;
    if (this.#pending !== null) {
      if (length + this.#pending.length > HEADROOM + READ_BYTES)
        return this.#greetLong(endpoint, header, length);
      buffer.bytes.set(this.#pending, room + length);
      payload = this.#pending.length;
      this.#pending = null;
    } else if (this.#reader === null && client.readable && length <= HEADROOM) {
      const count = receive(client.fd, buffer.address + HEADROOM, READ_BYTES);
      if (count > 0) {
        payload = count;
        if (count < READ_BYTES && !client.hungUp && !client.dead) client.readable = false;
      } else if (count === -ERRNO.EAGAIN) client.readable = false;
    }
    if (length + payload === 0) return true;
    buffer.bytes.set(header.subarray(0, length), room);
    const errno = sendOrKeep(endpoint, buffer, room, length + payload);
    if (payload > 0) this.session.sentToEndpoint(payload);
    if (errno !== 0) this.#broken(endpoint, errno);
    return !this.#over;
  }

  /** A header with a rest that do not fit into the buffer together: both wait as one backlog. */
  #greetLong(endpoint: Side, header: Uint8Array, length: number): boolean {
    const pending = this.#pending!;
    this.#pending = null;
    endpoint.backlog = new Uint8Array(length + pending.length);
    endpoint.backlog.set(header.subarray(0, length));
    endpoint.backlog.set(pending, length);
    endpoint.backlogAt = 0;
    this.session.sentToEndpoint(pending.length);
    const errno = flush(endpoint, this.#worker.buffer);
    if (errno !== 0) this.#broken(endpoint, errno);
    return !this.#over;
  }

  // ── the relay ──

  #relayReady(side: Side, events: number): void {
    const other = side === this.#client ? this.#endpoint! : this.#client;
    if (events & EPOLL.OUT && side.backlog !== null) {
      const errno = flush(side, this.#worker.buffer);
      this.#moved();
      if (errno !== 0) this.#broken(side, errno);
      else if (side.backlog === null) this.#move(other, side);
      if (this.#over) return;
    }
    // Under backpressure nothing is read, and a reset would wait unseen behind what is not read.
    if (events & EPOLL.ERR && other.backlog !== null) this.#broken(side, socketError(side.fd));
    else this.#move(side, other);
  }

  #move(from: Side, to: Side): void {
    if (from.ended) {
      this.#queueEnd();
      return;
    }
    if (!from.readable || to.backlog !== null) return;
    if (this.#reader !== null && from === this.#client) {
      this.#moveGuarded();
      return;
    }
    const moved = from === this.#client ? this.#toEndpoint : this.#toClient;
    const result = transfer(from, to, this.#worker.buffer, moved);
    if (result.kind === 'broken') this.#broken(result.side, result.errno);
    else if (result.kind === 'end') this.#ended(from);
    else if (result.kind === 'turn') this.#worker.loop.later(() => this.#over || this.#move(from, to));
  }

  readonly #toEndpoint = (bytes: number): void => this.session.sentToEndpoint(bytes);
  readonly #toClient = (bytes: number): void => this.session.sentToClient(bytes);

  /** A plain client's first bytes: nothing goes on before they are known to begin no header. */
  #moveGuarded(): void {
    const { buffer } = this.#worker;
    const client = this.#client;
    const count = receive(client.fd, buffer.address + HEADROOM, READ_BYTES);
    if (count > 0) {
      if (count < READ_BYTES && !client.hungUp && !client.dead) client.readable = false;
      this.#verdict(this.#reader!.take(buffer.bytes.subarray(HEADROOM, HEADROOM + count)));
    } else if (count === 0) this.#verdict(this.#reader!.end());
    else if (count === -ERRNO.EAGAIN) client.readable = false;
    else if (count !== -ERRNO.EINTR) this.#broken(client, -count);
    if (this.#over) return;
    if (this.#pending !== null) this.#greet(this.#endpoint!, EMPTY, 0);
    if (this.#over) return;
    if (count === 0) this.#ended(client);
    else if (client.readable) this.#move(client, this.#endpoint!);
  }

  #ended(side: Side): void {
    if (side.ended) return;
    const other = side === this.#client ? this.#endpoint! : this.#client;
    if (!other.ended) this.#first = side === this.#client ? 'client_closed' : 'endpoint_closed';
    side.ended = true;
    side.readable = false;
    this.#queueEnd();
  }

  /** Ends are carried on at the end of the batch: in a short session both sides have often ended by then. */
  #queueEnd(): void {
    if (this.#endQueued) return;
    this.#endQueued = true;
    this.#worker.loop.later(() => this.#carryEnds());
  }

  #carryEnds(): void {
    this.#endQueued = false;
    if (this.#over) return;
    const client = this.#client;
    const endpoint = this.#endpoint!;
    if (client.ended && endpoint.ended && client.backlog === null && endpoint.backlog === null) {
      const { loop } = this.#worker;
      loop.close(client.fd);
      loop.close(endpoint.fd);
      this.#end(this.#isProbe() ? 'probe' : this.#first, null);
      return;
    }
    this.#carryEnd(client, endpoint);
    this.#carryEnd(endpoint, client);
    this.#moved();
    this.#watchIdle();
  }

  #carryEnd(from: Side, to: Side): void {
    if (!from.ended || to.finSent || to.backlog !== null) return;
    to.finSent = true;
    endStream(to.fd);
  }

  // ── endings ──

  /** One side broke: the other is reset, unless all that came before is on its way with its end behind it. */
  #broken(side: Side, errno: number): void {
    const code = errnoName(errno);
    this.abort(breakReason(side.name, code), code);
  }

  #isProbe(): boolean {
    const { bytesToClient, bytesToEndpoint } = this.session;
    return bytesToClient + bytesToEndpoint === 0 && this.#first === 'client_closed';
  }

  #end(reason: CloseReason, detail: string | null): void {
    this.#over = true;
    this.#worker.loop.timers.clear(this.#timer);
    const first = this.#reader === null ? null : this.#reader.bytes;
    this.session.end(reason, detail, true, first);
    this.#onEnd(this);
  }

  // ── deadlines ──

  #moved(): void {
    this.session.lastActivityMs = this.session.rules.context.now();
  }

  #arm(ms: number): void {
    const at = ms > 0 ? this.session.rules.context.now() + ms : Number.POSITIVE_INFINITY;
    this.#armAt(at);
  }

  #armAt(at: number): void {
    const due = Math.min(at, this.#oldestMs);
    if (due === Number.POSITIVE_INFINITY) this.#worker.loop.timers.clear(this.#timer);
    else this.#worker.loop.timers.set(this.#timer, due);
  }

  /** Traffic does not move the timer: when it is due it looks how long nothing has moved. */
  #watchIdle(): void {
    const { ms } = this.#silence();
    this.#armAt(ms > 0 ? this.session.lastActivityMs + ms : Number.POSITIVE_INFINITY);
  }

  #silence(): { ms: number; reason: CloseReason } {
    const { idleMs, halfCloseMs } = this.session.rules.plan.timeouts;
    const half = (this.#client.ended || this.#endpoint?.ended === true) && halfCloseMs > 0;
    if (half && (idleMs === 0 || halfCloseMs < idleMs))
      return { ms: halfCloseMs, reason: 'half_close_timeout' };
    return { ms: idleMs, reason: 'idle_timeout' };
  }

  #expired(): void {
    const now = this.session.rules.context.now();
    if (now >= this.#oldestMs) this.abort('session_age');
    else if (this.session.phase === 'header') this.#verdict(this.#reader!.timeout());
    else if (this.#connecting) this.#dialFailed('connect_timeout', null);
    else {
      const { ms, reason } = this.#silence();
      if (ms > 0 && this.session.lastActivityMs + ms <= now) this.abort(reason);
      else this.#watchIdle();
    }
  }
}

const EMPTY = new Uint8Array(0);
