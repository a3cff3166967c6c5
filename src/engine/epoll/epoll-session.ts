import { EPOLL } from '../../linux/epoll.ts';
import { ERRNO, errnoName } from '../../linux/errno.ts';
import { receive, setKeepalive, socketError } from '../../linux/socket.ts';
import { Timer } from '../../loop/timer-wheel.ts';
import type { CloseReason } from '../../proxy/close-reason.ts';
import type { ConnectFailure } from '../../proxy/connect-failure.ts';
import { breakReason, connectFailure } from '../../proxy/errno.ts';
import type { HeaderReader, HeaderVerdict } from '../../proxy/header-reader.ts';
import type { Session } from '../../proxy/session.ts';
import type { EndpointsInTurn } from '../../proxy/transparent-rules.ts';
import type { Header } from '../../wire/header.ts';
import { dial } from './dial.ts';
import { greet } from './greet.ts';
import { lostSide } from './lost-side.ts';
import { nextLookMs } from './next-look.ts';
import { READ_BYTES } from './read-buffer.ts';
import { Relaying, type RelayOwner } from './relaying.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { Side, type SideOwner } from './side.ts';
import { flush, keep } from './transfer.ts';
import type { WorkerParts } from './worker-parts.ts';

const WATCHED = EPOLL.IN | EPOLL.OUT | EPOLL.PRI | EPOLL.RDHUP | EPOLL.ET;

/**
 * One session on two descriptors: the client's first bytes, the dial, the deadlines; what flows then is
 * `Relaying`'s. The rules are `Session`'s.
 */
export class EpollSession extends Timer implements SideOwner, RelayOwner {
  readonly session: Session;
  readonly #parts: WorkerParts;
  readonly #client: Side;
  readonly #keeper: SessionKeeper;
  #reader: HeaderReader | null;
  #endpoint: Side | null = null;
  #relaying: Relaying | null = null;
  #candidates: EndpointsInTurn | null = null;
  /** What came behind the client's header, until the endpoint can take it. */
  #pending: Uint8Array | null = null;
  #keepsAlive = false;
  #over = false;
  /** Where its keeper has it. */
  place = -1;

  constructor(
    parts: WorkerParts,
    fd: number,
    session: Session,
    reader: HeaderReader | null,
    keeper: SessionKeeper,
  ) {
    super();
    this.#parts = parts;
    this.session = session;
    this.#client = new Side('client', fd, this, session.rules.plan.listen.kind === 'unix');
    this.#reader = reader;
    this.#keeper = keeper;
  }

  /** Takes the client's descriptor over. A client that is only guarded is known already, and is dialed for at once. */
  start(): void {
    this.#parts.descriptors.opened(this.#client.fd);
    if (this.#parts.loop.watch(this.#client.fd, WATCHED, this.#client) < 0) {
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
    const { loop } = this.#parts;
    loop.reset(this.#client.fd);
    if (this.#endpoint !== null) loop.reset(this.#endpoint.fd);
    this.#end(reason, detail);
  }

  ready(side: Side, events: number): void {
    if (this.#over) return;
    if (events & (EPOLL.IN | EPOLL.RDHUP | EPOLL.HUP | EPOLL.ERR)) side.readable = true;
    if (events & EPOLL.RDHUP) side.hungUp = true;
    if (events & (EPOLL.HUP | EPOLL.ERR | EPOLL.PRI)) side.readOn = true;
    if (side === this.#endpoint && this.#relaying === null) {
      if (events & (EPOLL.OUT | EPOLL.ERR | EPOLL.HUP)) this.#dialEnded(side, events);
      return;
    }
    const isClient = side === this.#client;
    if (isClient && this.session.phase === 'connect' && events & EPOLL.ERR) {
      const code = errnoName(socketError(side.fd));
      // Without a byte of its own it was a health probe, be it with a header.
      const sent = this.#pending !== null || receive(side.fd, this.#parts.buffer.address, 1) > 0;
      this.abort(sent ? 'client_gone' : 'probe', code);
      return;
    }
    if (isClient && this.#reader !== null && (this.session.phase === 'header' || this.#relaying !== null)) {
      this.#readFirst();
    }
    if (!this.#over) this.#relaying?.ready(side, events);
  }

  // ── the client's first bytes ──

  #readFirst(): void {
    const { buffer } = this.#parts;
    const client = this.#client;
    while (!this.#over && this.#reader !== null && client.readable) {
      const count = receive(client.fd, buffer.address, READ_BYTES);
      if (count > 0) {
        // With its end behind it a short read is not the last one: that has to be met.
        if (count < READ_BYTES && !client.readOn && !client.hungUp) client.readable = false;
        this.#verdict(this.#reader.take(buffer.bytes.subarray(0, count)));
      } else if (count === -ERRNO.EAGAIN) client.readable = false;
      else if (count === 0) {
        this.#verdict(this.#reader.end());
        if (!this.#over) this.#relaying?.ended(client);
        return;
      } else if (count !== -ERRNO.EINTR) {
        this.#firstBytesBroken(errnoName(-count));
        return;
      }
    }
  }

  #firstBytesBroken(code: string): void {
    if (this.session.phase === 'relay') this.abort(breakReason('client', code), code);
    else this.abort(this.#reader!.bytes.length > 0 ? 'header_reset' : 'probe', code);
  }

  #verdict(verdict: HeaderVerdict): void {
    if (verdict.kind === 'more') return;
    if (verdict.kind === 'refused') {
      this.abort(verdict.reason, verdict.detail);
      return;
    }
    const { rest } = verdict;
    const silent = verdict.kind === 'plain' && rest.length === 0;
    this.#reader = silent ? this.session.rules.afterSilence() : null;
    if (this.#relaying === null) {
      // The buffer is used again before an endpoint is connected.
      if (rest.length > 0) this.#pending = rest.slice();
      if (this.session.phase === 'header') this.#named(verdict.kind === 'header' ? verdict.header : null);
      return;
    }
    this.#relaying.clientHeld = this.#reader !== null;
    if (rest.length > 0) this.#forward(rest);
  }

  /** A guarded client's bytes: they are no header. */
  #forward(rest: Uint8Array): void {
    const endpoint = this.#endpoint!;
    keep(endpoint, rest);
    this.session.sentToEndpoint(rest.length);
    const errno = flush(endpoint, this.#parts.buffer);
    if (errno !== 0) this.broken(endpoint, errno);
  }

  #named(header: Header | null): void {
    const refused = this.session.named(header);
    if (refused === null) this.placed();
    else this.#keeper.refused(this, refused);
  }

  /** It has its place among its client's sessions: asks for an endpoint. */
  placed(): void {
    this.#parts.descriptors.counted(this.#client.fd, this.session.clientEntry);
    this.#candidates = this.session.candidates();
    this.#dialNext(null, null);
  }

  // ── the endpoint ──

  #dialNext(failure: ConnectFailure | null, errno: string | null): void {
    let why = failure;
    let code = errno;
    for (let endpoint = this.#candidates!.next(); endpoint !== null; endpoint = this.#candidates!.next()) {
      this.session.dialing(endpoint);
      const fd = dial(endpoint, this.session);
      if (fd >= 0) {
        this.#endpoint = new Side('endpoint', fd, this, endpoint.path !== null);
        this.#parts.descriptors.dialing(fd, endpoint.slot);
        this.#arm(this.#timeouts().connectMs);
        if (this.#parts.loop.watch(fd, WATCHED, this.#endpoint) < 0) this.abort('descriptors');
        return;
      }
      code = errnoName(-fd);
      why = connectFailure(code);
      this.session.dialFailed(why);
    }
    this.abort(why ?? this.session.rules.pool.empty, code);
  }

  #dialEnded(side: Side, events: number): void {
    // A connect that failed is an error of the socket, and told as one.
    const errno = events & (EPOLL.ERR | EPOLL.HUP) ? socketError(side.fd) : 0;
    if (errno !== 0) this.#dialFailed(connectFailure(errnoName(errno)), errnoName(errno));
    else this.#connected(side);
  }

  #dialFailed(failure: ConnectFailure, code: string | null): void {
    this.#parts.loop.close(this.#endpoint!.fd);
    this.#endpoint = null;
    this.session.dialFailed(failure);
    this.#dialNext(failure, code);
  }

  /** The header, with the first payload behind it in one send. */
  #connected(endpoint: Side): void {
    this.session.connected();
    const pending = this.#pending;
    this.#pending = null;
    this.#candidates = null;
    const client = this.#reader === null ? this.#client : null;
    const errno = greet(this.session, endpoint, { pending, client, buffer: this.#parts.buffer });
    if (errno === 'too long') {
      this.abort('presentation_failed');
      return;
    }
    if (errno !== 0) {
      this.broken(endpoint, errno);
      return;
    }
    const sides = { client: this.#client, endpoint, held: this.#reader !== null };
    this.#relaying = new Relaying(this.#parts, this.session, sides, this);
    this.#watchIdle();
    if (this.#reader !== null) this.#readFirst();
    if (!this.#over) this.#relaying.start();
  }

  // ── endings ──

  broken(side: Side, errno: number): void {
    const code = errnoName(errno);
    this.abort(breakReason(side.name, code), code);
  }

  finished(reason: CloseReason): void {
    const { loop } = this.#parts;
    loop.close(this.#client.fd);
    loop.close(this.#endpoint!.fd);
    this.#end(this.session.endingOf(reason), null);
  }

  halfClosed(): void {
    this.#watchIdle();
  }

  #end(reason: CloseReason, detail: string | null): void {
    this.#over = true;
    this.#relaying?.stop();
    this.#parts.loop.timers.clear(this);
    this.session.end(reason, detail, true, this.#reader?.bytes ?? null);
    this.#keeper.ended(this);
  }

  // ── deadlines: methods, for a private getter is a call into the runtime ──
  #timeouts() {
    return this.session.rules.plan.timeouts;
  }

  /** When it is too old, whatever it does. */
  #oldestMs(): number {
    const { maxSessionAgeMs } = this.#timeouts();
    return maxSessionAgeMs > 0 ? this.session.acceptedAtMs + maxSessionAgeMs : Number.POSITIVE_INFINITY;
  }

  #arm(ms: number): void {
    this.#armAt(ms > 0 ? this.session.rules.context.now() + ms : Number.POSITIVE_INFINITY);
  }

  #armAt(atMs: number): void {
    this.#parts.loop.timers.set(this, Math.min(atMs, this.#oldestMs()));
  }

  #watchIdle(): void {
    this.#armAt(nextLookMs(this.session, this.#relaying?.halfClosed === true, this.#keepsAlive));
  }

  expired(): void {
    const now = this.session.rules.context.now();
    if (now >= this.#oldestMs()) this.abort('session_age');
    else if (this.session.phase === 'header') this.#verdict(this.#reader!.timeout());
    else if (this.#relaying === null) this.#dialFailed('connect_timeout', null);
    else {
      const { keepaliveMs, userTimeoutMs } = this.#timeouts();
      if (!this.#keepsAlive && keepaliveMs > 0) setKeepalive(this.#endpoint!.fd, keepaliveMs);
      this.#keepsAlive = true;
      const { ms, reason } = this.session.silence(this.#relaying.halfClosed);
      const lost = lostSide([this.#client, this.#endpoint!], userTimeoutMs, now);
      if (lost !== undefined) this.broken(lost, ERRNO.ETIMEDOUT);
      else if (ms > 0 && this.session.lastActivityMs + ms <= now) this.abort(reason);
      else this.#watchIdle();
    }
  }
}
