import type { Endpoint } from '../../endpoints/snapshot.ts';
import { EPOLL } from '../../linux/epoll.ts';
import { ERRNO, errnoName } from '../../linux/errno.ts';
import { localAddress, peek, receive, setKeepalive, socketError } from '../../linux/socket.ts';
import { Timer } from '../../loop/timer-wheel.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { DialBegin } from '../../session/attempt.ts';
import type { BrokenSide, SideName } from '../../session/broken-side.ts';
import type { Address } from '../../session/client.ts';
import { Course } from '../../session/course.ts';
import type { HeaderReader } from '../../session/header-reader.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { PlaceWait } from '../../session/place-wait.ts';
import type { SessionCarrier } from '../../session/session-carrier.ts';
import type { WaitingLines } from '../../session/waiting-lines.ts';
import { dial } from './dial.ts';
import { acknowledge, dialResult } from './dial-result.ts';
import { EpollRemainder, type RemainderOwner } from './epoll-remainder.ts';
import { lostSide } from './lost-side.ts';
import { READ_BYTES } from './read-buffer.ts';
import { Relay, type RelayOwner } from './relay.ts';
import { sendHeader } from './send-header.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { Side, type SideOwner } from './side.ts';
import type { WorkerParts } from './worker-parts.ts';

const WATCHED = EPOLL.IN | EPOLL.OUT | EPOLL.PRI | EPOLL.RDHUP | EPOLL.ET;

/**
 * One session on two descriptors. Its `Course` decides what happens next; this class reports to it what the descriptors do, and
 * carries out its calls. `Relay` moves bytes, and `EpollRemainder` does so once a side has broken. The session is its own timer.
 */
export class EpollSession extends Timer implements SideOwner, RelayOwner, RemainderOwner, SessionCarrier {
  readonly #parts: WorkerParts;
  readonly #course: Course;
  readonly #client: Side;
  readonly #keeper: SessionKeeper<EpollSession>;
  /** Null before the first dial. */
  #endpoint: Side | null = null;
  #relay: Relay | null = null;
  #remainder: EpollRemainder | null = null;
  /** Bytes of the client after its header, until an endpoint is connected. */
  #pending: Uint8Array | null = null;
  /** Its index at its keeper. */
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
    this.#course = new Course(ledger, reader, this);
    this.#client = new Side('client', fd, this, ledger.rules.plan.listen.kind === 'unix');
    this.#keeper = keeper;
  }

  get ledger(): Ledger {
    return this.#course.ledger;
  }

  get lines(): WaitingLines {
    return this.#parts.lines;
  }

  get places(): PlaceWait {
    return this.#keeper.places;
  }

  get findsLost(): boolean {
    return true;
  }

  // ── from the accept to the place ──

  /** Takes over the client's descriptor. */
  start(): void {
    this.#parts.descriptors.opened(this.#client.fd);
    if (this.#parts.loop.watch(this.#client.fd, WATCHED, this.#client) < 0) {
      this.abort('descriptors');
      return;
    }
    this.#course.start();
    if (this.ledger.phase === 'header') this.#readFirst();
  }

  ready(side: Side, events: number): void {
    if (this.ledger.ended) return;
    side.note(events);
    if (this.#remainder !== null) this.#remainder.ready(side, events);
    else if (this.#relay !== null) {
      if (side.isClient && this.#course.readsFirst) this.#readFirst();
      if (this.#course.phase === 'relay') this.#relay.ready(side, events);
    } else if (!side.isClient) this.#dialEnded(side, events);
    else if (this.ledger.phase === 'header') this.#readFirst();
    else if (events & EPOLL.ERR) this.#clientBroke();
  }

  /** Reads the client until its first bytes are decided, and no further. */
  #readFirst(): void {
    const { buffer } = this.#parts;
    const client = this.#client;
    while (this.#course.readsFirst && client.readable) {
      const count = receive(client.fd, buffer.address, READ_BYTES);
      if (count > 0) {
        // A short read empties the socket, unless the end of the stream is known to follow.
        if (count < READ_BYTES && !client.readOn && !client.hungUp) client.readable = false;
        this.#course.read(buffer.bytes.subarray(0, count));
      } else if (count === -ERRNO.EAGAIN) client.readable = false;
      else if (count === 0) {
        this.#course.ended('client');
        if (this.#course.phase === 'relay') this.#relay!.ended(client);
        return;
      } else if (count !== -ERRNO.EINTR) {
        this.#course.clientBroke(errnoName(-count), false);
        return;
      }
    }
  }

  carry(bytes: Uint8Array, over: boolean): void {
    if (this.#relay !== null) this.#relay.forward(bytes, !over);
    // A copy: the buffer is reused before an endpoint is connected.
    else if (bytes.length > 0) this.#pending = bytes.slice();
  }

  placed(): void {
    this.#parts.descriptors.counted(this.#client.fd, this.ledger.clientEntry);
  }

  // ── the endpoint ──

  dial(endpoint: Endpoint): DialBegin {
    const { descriptors, loop } = this.#parts;
    const fd = dial(endpoint, this.ledger);
    if (fd < 0) return errnoName(-fd);
    const isUnix = endpoint.path !== null;
    const side = new Side('endpoint', fd, this, isUnix);
    this.#endpoint = side;
    descriptors.dialing(fd, endpoint.slot);
    const watched = loop.watch(fd, WATCHED, side);
    if (watched >= 0) return isUnix ? 'queued' : 'pending';
    this.dropDial();
    return errnoName(-watched);
  }

  dialedFrom(): Address | null {
    return localAddress(this.#endpoint!.fd);
  }

  dropDial(): void {
    // By reset: after a regular close, a socket that is connected to itself would keep its port for a minute.
    if (this.#endpoint !== null) this.#parts.loop.reset(this.#endpoint.fd);
    this.#endpoint = null;
  }

  #dialEnded(side: Side, events: number): void {
    if (side !== this.#endpoint) return;
    const result = dialResult(side, events, this.ledger, this.#parts.buffer);
    if (result === 'reached') this.#course.dialReached();
    else if (result !== null) this.#course.dialFailed(result);
  }

  /** Sends the header and the first payload in one call. A peer that named the endpoint is told first that it is reached. */
  relay(): void {
    const endpoint = this.#endpoint!;
    const client = this.#client;
    const { buffer } = this.#parts;
    const pending = this.#pending;
    const held = this.#course.readsFirst;
    // The connection may be broken already. What the endpoint sent before is still read.
    const errno = endpoint.error;
    endpoint.error = 0;
    this.#pending = null;
    const gone = this.ledger.rules.isNamed ? acknowledge(client, buffer) : 0;
    const bytes = { pending, client: held ? null : client, buffer };
    const failed = errno || sendHeader(this.ledger, endpoint, bytes);
    if (failed === 'too long') {
      this.abort('presentation_failed');
      return;
    }
    const relay = new Relay(this.#parts, { client, endpoint, held }, this);
    this.#relay = relay;
    if (failed !== 0) {
      this.broken(endpoint, failed, errno === 0 || pending !== null);
      return;
    }
    if (gone !== 0) {
      this.broken(client, gone, true);
      return;
    }
    if (held) this.#readFirst();
    if (this.#course.phase === 'relay') relay.start();
  }

  // ── the relay ──

  ended(side: SideName): void {
    this.#course.ended(side);
  }

  halfClosed(): void {
    this.#course.halfClose();
  }

  // ── endings ──

  /** Before the relay the client is not read, so its error is known from the event only. */
  #clientBroke(): void {
    const { fd } = this.#client;
    const peeked = this.#pending === null ? peek(fd) : 1;
    const unsent = peeked > 0;
    const tell = () => {
      // A peek that finds the error has cleared it.
      const errno = peeked < 0 ? -peeked : socketError(fd);
      if (this.#relay === null) this.#course.clientBroke(errnoName(errno), unsent);
    };
    // An endpoint that is reached in the same batch of events must still receive what the client has sent.
    if (unsent) this.#parts.loop.later(tell);
    else tell();
  }

  broken(side: Side, errno: number, refusing: boolean): void {
    if (side.isClient && this.#course.readsFirst) {
      // A send has found the break: what the client sent before it is still unread, and may be a header.
      side.readable = true;
      side.readOn = true;
      this.#readFirst();
    }
    this.#course.broke(side.name, errnoName(errno), refusing);
  }

  partFrom(broken: BrokenSide): void {
    const side = broken.side === 'client' ? this.#client : this.#endpoint!;
    this.#remainder = new EpollRemainder(this.#parts, broken, this.#relay!.remainder(side), this);
    this.#remainder.start();
  }

  finished(): void {
    if (this.ledger.ended) return;
    const { loop } = this.#parts;
    loop.close(this.#client.fd);
    loop.close(this.#endpoint!.fd);
    this.#closed();
  }

  abort(reason: CloseReason, detail: string | null = null): void {
    this.#course.abort(reason, detail);
  }

  reset(): void {
    if (this.ledger.ended) return;
    const { loop } = this.#parts;
    loop.reset(this.#client.fd);
    if (this.#endpoint !== null) loop.reset(this.#endpoint.fd);
    this.#closed();
  }

  #closed(): void {
    this.#relay?.stop();
    this.#remainder?.stop();
    this.#course.closed();
    this.#keeper.ended(this);
  }

  // ── deadlines ──

  expired(): void {
    this.#course.expired(this.#parts.loop.nowMs);
  }

  wakeAt(atMs: number): void {
    this.#parts.loop.timers.set(this, atMs);
  }

  /** Only for the endpoint: accepted sockets inherit keepalive from the listener. */
  keepAlive(): void {
    if (this.#relay !== null) setKeepalive(this.#endpoint!.fd, this.ledger.rules.plan.timeouts.keepaliveMs);
  }

  findLost(nowMs: number): void {
    const { tcpUserTimeoutMs } = this.ledger.rules.plan.timeouts;
    const lost =
      tcpUserTimeoutMs > 0 ? lostSide(this.#client, this.#endpoint!, tcpUserTimeoutMs, nowMs) : null;
    if (lost === null) return;
    // A read would report nothing yet: the kernel is still retransmitting.
    lost.error = ERRNO.ETIMEDOUT;
    this.broken(lost, lost.error, false);
  }
}
