import { EPOLL } from '../../linux/epoll.ts';
import { ERRNO, errnoName } from '../../linux/errno.ts';
import { hasUnread, setKeepalive, socketError } from '../../linux/socket.ts';
import { Timer } from '../../loop/timer-wheel.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { ConnectFailure } from '../../plan/connect-failure.ts';
import { breakReason, connectFailure } from '../../plan/errno-reasons.ts';
import type { HeaderReader } from '../../session/header-reader.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { EndpointsInTurn } from '../../session/transparent-rules.ts';
import type { DialWaiter } from '../../session/waiting-lines.ts';
import type { Header } from '../../wire/header.ts';
import { cameOutAtItself } from './came-out-at-itself.ts';
import { dial, dialNext, FULL, NOBODY } from './dial.ts';
import { EpollFirstBytes, type EpollFirstBytesOwner } from './first-bytes.ts';
import { EpollLingering } from './lingering.ts';
import { look, nextLookMs, oldestMs } from './next-look.ts';
import { Relay, type RelayOwner } from './relay.ts';
import { sendHeader } from './send-header.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { Side, type SideOwner } from './side.ts';
import type { WorkerParts } from './worker-parts.ts';

const WATCHED = EPOLL.IN | EPOLL.OUT | EPOLL.PRI | EPOLL.RDHUP | EPOLL.ET;

/**
 * One session on two descriptors: the client's first bytes, the dial, the deadlines; what flows then is
 * `Relay`'s. The rules are `Session`'s.
 */
export class EpollSession extends Timer implements SideOwner, RelayOwner, EpollFirstBytesOwner, DialWaiter {
  readonly ledger: Ledger;
  readonly #parts: WorkerParts;
  readonly #client: Side;
  readonly #keeper: SessionKeeper<EpollSession>;
  /** null once the client's first bytes are decided. */
  #first: EpollFirstBytes | null;
  #endpoint: Side | null = null;
  #relaying: Relay | null = null;
  /** Once a side has broken: it ends what is left. */
  #lingering: EpollLingering | null = null;
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
    ledger: Ledger,
    reader: HeaderReader | null,
    keeper: SessionKeeper<EpollSession>,
  ) {
    super();
    this.#parts = parts;
    this.ledger = ledger;
    this.#client = new Side('client', fd, this, ledger.rules.plan.listen.kind === 'unix');
    this.#first = reader === null ? null : new EpollFirstBytes(parts, this.#client, reader, this);
    this.#keeper = keeper;
  }

  /** Takes the client's descriptor over. A client that is only guarded is known already, and is dialed for at once. */
  start(): void {
    this.#parts.descriptors.opened(this.#client.fd);
    if (this.#parts.loop.watch(this.#client.fd, WATCHED, this.#client) < 0) {
      this.abort('descriptors');
      return;
    }
    const first = this.#first;
    if (first === null || first.reader.guards) this.#named(null);
    else {
      this.#arm(this.ledger.rules.plan.admission.headerTimeoutMs);
      first.read();
    }
  }

  /** Ends the session from our side: what is open is reset. One that is broken already has its reason. */
  abort(reason: CloseReason, detail: string | null = null): void {
    if (this.#over) return;
    const { loop } = this.#parts;
    loop.reset(this.#client.fd);
    if (this.#endpoint !== null) loop.reset(this.#endpoint.fd);
    this.#end(reason, detail);
  }

  ready(side: Side, events: number): void {
    if (this.#over) return;
    side.note(events);
    if (this.#lingering !== null) {
      this.#lingering.ready(side, events);
      return;
    }
    if (side === this.#endpoint && this.#relaying === null) {
      if (events & (EPOLL.OUT | EPOLL.ERR | EPOLL.HUP)) this.#dialEnded(side, events);
      return;
    }
    const isClient = side === this.#client;
    if (isClient && this.ledger.phase === 'connect' && events & EPOLL.ERR) {
      // Without a byte of its own it was a health probe, be it with a header.
      if (this.#pending === null && !hasUnread(side.fd)) this.#clientGone('probe');
      // With some: an endpoint that is connected in this very batch is still to have them.
      else this.#parts.loop.later(() => this.#clientGone('client_gone'));
      return;
    }
    if (isClient && this.#first !== null && (this.ledger.phase === 'header' || this.#relaying !== null)) {
      this.#first.read();
    }
    if (!this.#over && this.#lingering === null) this.#relaying?.ready(side, events);
  }

  #clientGone(reason: CloseReason): void {
    if (this.ledger.phase === 'connect') this.abort(reason, errnoName(socketError(this.#client.fd)));
  }

  // ── the client's first bytes ──

  came(rest: Uint8Array, header: Header | null, over: boolean): void {
    if (over) this.#first = null;
    // The buffer is used again before an endpoint is connected.
    if (this.#relaying === null && rest.length > 0) this.#pending = rest.slice();
    this.#relaying?.forward(rest, !over);
    if (this.ledger.phase === 'header') this.#named(header);
  }

  firstBytesEnded(): void {
    if (!this.#over && this.#lingering === null) this.#relaying?.ended(this.#client);
  }

  firstBytesBroken(errno: number, any: boolean): void {
    if (this.ledger.phase === 'relay') this.broken(this.#client, errno, false);
    else this.abort(any ? 'header_reset' : 'probe', errnoName(errno));
  }

  #named(header: Header | null): void {
    const refused = this.ledger.identified(header);
    if (refused === null) this.placed();
    else this.#keeper.refused(this, refused);
  }

  /** It has its place among its client's sessions: asks for an endpoint. */
  placed(): void {
    this.#parts.descriptors.counted(this.#client.fd, this.ledger.clientEntry);
    this.#candidates = this.ledger.candidates();
    this.#dialNext(null, null);
  }

  // ── the endpoint ──

  #dialNext(failure: ConnectFailure | null, code: string | null): void {
    const fd = dialNext(this.#candidates!, this.ledger, this.#parts.lines);
    if (fd === NOBODY) this.abort(failure ?? this.ledger.rules.pool.empty, code);
    else if (fd < 0 && fd !== FULL) this.abort(connectFailure(errnoName(-fd)), errnoName(-fd));
    else {
      this.#arm(this.ledger.rules.plan.timeouts.connectMs);
      if (fd >= 0) this.#dialing(fd);
      else this.#parts.lines.join(this.ledger.endpoint!.path!, this);
    }
  }

  #dialing(fd: number): void {
    const { path, slot } = this.ledger.endpoint!;
    this.#endpoint = new Side('endpoint', fd, this, path !== null);
    this.#parts.descriptors.dialing(fd, slot);
    if (this.#parts.loop.watch(fd, WATCHED, this.#endpoint) < 0) this.abort('descriptors');
  }

  dialAgain(): void {
    const { lines } = this.#parts;
    const fd = dial(this.ledger.endpoint!, this.ledger);
    if (fd === FULL) lines.full(this);
    else {
      lines.through(this);
      if (fd >= 0) this.#dialing(fd);
      else this.#dialFailed(connectFailure(errnoName(-fd)), errnoName(-fd));
    }
  }

  #dialEnded(side: Side, events: number): void {
    // A connect that failed is an error of the socket, and told as one.
    const errno = events & (EPOLL.ERR | EPOLL.HUP) ? socketError(side.fd) : 0;
    // One that has sent something was connected, whatever came then.
    const failed = errno !== 0 ? !hasUnread(side.fd) : cameOutAtItself(side.fd, this.ledger);
    const code = errnoName(errno || ERRNO.ECONNREFUSED);
    if (failed) this.#dialFailed(connectFailure(code), code);
    else this.#connected(side, errno);
  }

  #dialFailed(failure: ConnectFailure, code: string | null, blames?: boolean): void {
    // What came out at itself would keep its port for a minute after an ordinary end.
    if (this.#endpoint !== null) this.#parts.loop.reset(this.#endpoint.fd);
    this.#endpoint = null;
    this.ledger.dialFailed(failure, blames);
    this.#dialNext(failure, code);
  }

  #dialTimedOut(): void {
    // An endpoint whose queue is full is well: it is no reason to leave it out.
    const full = this.#parts.lines.leave(this);
    this.#dialFailed('connect_timeout', full ? errnoName(-FULL) : null, !full);
  }

  /** The header, with the first payload behind it in one send. `errno`: by what the connection is broken again already. */
  #connected(endpoint: Side, errno: number): void {
    this.ledger.connected();
    const pending = this.#pending;
    this.#pending = null;
    this.#candidates = null;
    const held = this.#first !== null;
    const bytes = { pending, client: held ? null : this.#client, buffer: this.#parts.buffer };
    const failed = errno || sendHeader(this.ledger, endpoint, bytes);
    if (failed === 'too long') {
      this.abort('presentation_failed');
      return;
    }
    this.#relaying = new Relay(this.#parts, this.ledger, { client: this.#client, endpoint, held }, this);
    if (failed !== 0) {
      this.broken(endpoint, failed, errno === 0 || pending !== null);
      return;
    }
    this.#watchIdle();
    this.#first?.read();
    if (!this.#over && this.#lingering === null) this.#relaying.start();
  }

  // ── endings ──

  broken(side: Side, errno: number, refusing: boolean): void {
    if (this.#over || this.#lingering !== null) return;
    const detail = errnoName(errno);
    const reason = breakReason(side.name, detail);
    // EPIPE: its end had come before the reset.
    const whole = side.ended || errno === ERRNO.EPIPE;
    const flow = this.#relaying!.remainder(side);
    this.#armAt(Number.POSITIVE_INFINITY);
    this.#lingering = new EpollLingering(
      this.#parts,
      this.ledger,
      { reason, detail, flow, whole, refusing },
      (how) => (how === 'close' ? this.finished(reason) : this.abort(reason)),
    );
    this.#lingering.start();
  }

  finished(reason: CloseReason): void {
    const { loop } = this.#parts;
    loop.close(this.#client.fd);
    loop.close(this.#endpoint!.fd);
    this.#end(reason, null);
  }

  halfClosed(): void {
    this.#watchIdle();
  }

  #end(reason: CloseReason, detail: string | null): void {
    this.#over = true;
    this.#relaying?.stop();
    this.#lingering?.stop();
    this.#first?.stop();
    this.#parts.loop.timers.clear(this);
    const reader = this.#first?.reader;
    if (this.#endpoint === null) this.#parts.lines.leave(this);
    const broken = this.#lingering;
    const why = this.ledger.endingOf(broken?.reason ?? reason, reader?.held);
    this.ledger.end(why, broken?.detail ?? detail, true, reader?.bytes ?? null);
    this.#keeper.ended(this);
  }

  #arm(ms: number): void {
    this.#armAt(ms > 0 ? this.ledger.rules.context.now() + ms : Number.POSITIVE_INFINITY);
  }

  #armAt(atMs: number): void {
    this.#parts.loop.timers.set(this, Math.min(atMs, oldestMs(this.ledger)));
  }

  #watchIdle(): void {
    this.#armAt(nextLookMs(this.ledger, this.#relaying?.halfClosed === true, this.#keepsAlive));
  }

  expired(): void {
    const now = this.ledger.rules.context.now();
    if (now >= oldestMs(this.ledger)) this.abort('session_age');
    else if (this.ledger.phase === 'header') this.#first!.timeout();
    else if (this.#relaying === null) this.#dialTimedOut();
    else this.#look(this.#relaying, now);
  }

  #look({ halfClosed }: Relay, nowMs: number): void {
    const { keepaliveMs } = this.ledger.rules.plan.timeouts;
    if (!this.#keepsAlive && keepaliveMs > 0) setKeepalive(this.#endpoint!.fd, keepaliveMs);
    this.#keepsAlive = true;
    const found = look(this.ledger, [this.#client, this.#endpoint!], halfClosed, nowMs);
    if (found === null) this.#watchIdle();
    else if (typeof found === 'string') this.abort(found);
    else this.broken(found, found.error, false);
  }
}
