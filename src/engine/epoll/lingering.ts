import { EPOLL } from '../../linux/epoll.ts';
import { ERRNO } from '../../linux/errno.ts';
import { endStream, movedLast, receive, unconfirmedBytes } from '../../linux/socket.ts';
import { Timer } from '../../loop/timer-wheel.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { Session } from '../../session/session.ts';
import type { Flow } from './flow.ts';
import { READ_BYTES } from './read-buffer.ts';
import type { Side } from './side.ts';
import { flush } from './transfer.ts';
import type { WorkerParts } from './worker-parts.ts';

/** How much is read of what a client goes on sending whose answer is through. */
const LINGER_BYTES = 1 << 20;
/** A client that has sent so much more than it was answered was in the middle of an upload. */
const UPLOAD_BYTES = 4096;
/** How soon one that sent last is told of a reset: it goes on sending by then, or waits for an answer that will not come. */
const WATCH_MS = 250;
/** How soon, and how often at the least, it is seen whether a peer has confirmed what it was sent. */
const FIRST_LOOK_MS = 16;
const LAST_LOOK_MS = 250;
/** How long a peer may take nothing of what was left for it; less where a half-closed session may be silent for less. */
const STUCK_MS = 10_000;

/** What is known of the side that broke. */
export interface EpollBreak {
  /** What the session ends by. */
  readonly reason: CloseReason;
  readonly detail: string;
  /** What it sends, to the side that is left. */
  readonly flow: Flow;
  /** It had ended its stream before: what it sent is all there was. */
  readonly whole: boolean;
  /** It refused what it was being sent. */
  readonly refusing: boolean;
}

/**
 * What is left of a session once one side has broken. What that side had sent is read to its end and delivered, as the other
 * takes it; what the other sends goes nowhere. Then that one is told:
 *
 *     a whole answer, or one to a client that is sending    FIN, and its bytes are read away until its own end
 *     anything else that was cut off                        RST, once it has confirmed what it was sent
 *
 * For a reset throws away what is not confirmed yet, and makes a client that is sending forget what it has not read.
 */
export class EpollLingering extends Timer {
  readonly reason: CloseReason;
  readonly detail: string;
  readonly #parts: WorkerParts;
  readonly #session: Session;
  readonly #flow: Flow;
  readonly #other: Side;
  readonly #whole: boolean;
  /** It does not answer any more, and so has refused nothing. */
  readonly #lost: boolean;
  /** The other side is sending, and somebody has to read it. */
  #sending: boolean;
  readonly #over: (how: 'close' | 'reset') => void;
  #phase: 'deliver' | 'watch' | 'linger' | 'confirm' = 'deliver';
  #isRead = false;
  #queued = false;
  #done = false;
  /** Bytes of the other side that went nowhere. */
  #thrownAway = 0;
  #unconfirmed = 0;
  /** When the other side last took something. */
  #tookAtMs: number;
  #lookMs = FIRST_LOOK_MS;

  /** `over` is called once: how the other side is to be closed. */
  constructor(
    parts: WorkerParts,
    session: Session,
    { reason, detail, flow, whole, refusing }: EpollBreak,
    over: (how: 'close' | 'reset') => void,
  ) {
    super();
    this.reason = reason;
    this.detail = detail;
    this.#parts = parts;
    this.#session = session;
    this.#flow = flow;
    this.#other = flow.to;
    this.#whole = whole;
    this.#lost = reason.endsWith('_lost');
    this.#sending = refusing;
    this.#over = over;
    this.#tookAtMs = parts.loop.nowMs;
    this.#isRead = flow.from.ended;
    // A short read proves nothing any more: 0 or an error has to be met.
    flow.from.readOn = true;
    flow.from.readable = true;
  }

  start(): void {
    this.#discard();
    if (!this.#done) this.#deliver();
  }

  /** Nothing is done any more. */
  stop(): void {
    this.#done = true;
    this.#parts.loop.timers.clear(this);
  }

  /** Something happened to a side, whose flags are set already. */
  ready(side: Side, events: number): void {
    if (side === this.#other) {
      if (events & EPOLL.ERR) this.#over('reset');
      else this.#discard();
    }
    if (this.#done) return;
    if (this.#phase === 'deliver') this.#deliver();
    else if (this.#phase === 'watch' && this.#sending) this.#letGo();
    else if (this.#phase === 'watch' && this.#other.ended) this.#confirm();
    else if (this.#phase === 'linger' && this.#other.ended) this.#over('close');
  }

  expired(): void {
    if (this.#phase === 'linger') {
      // A slow client that still takes its answer is given time for it.
      if (this.#takes()) this.#lookAfter(this.#lingerMs);
      else this.#over('close');
    } else if (this.#phase !== 'deliver') this.#confirm();
    else if (this.#isStuck()) this.#over('reset');
    else this.#lookAfter(this.#stuckMs());
  }

  // ── what the broken side had sent ──

  #deliver(): void {
    const flow = this.#flow;
    const to = this.#other;
    if (to.backlog !== null) {
      const errno = flush(to, this.#parts.buffer);
      if (errno !== 0) {
        this.#over('reset');
        return;
      }
    }
    while (to.backlog === null && !(this.#isRead && !flow.blocked)) {
      const result = flow.move(this.#parts);
      if (result.kind === 'broken' && result.side === to) {
        this.#over('reset');
        return;
      }
      if (result.kind === 'broken' || result.kind === 'end' || result.kind === 'last') this.#isRead = true;
      else if (result.kind === 'turn') {
        this.#continue();
        return;
      } else break;
    }
    if (this.#isRead && !flow.blocked) this.#tell();
    else if (this.slot < 0) {
      this.#takes();
      this.#lookAfter(this.#stuckMs());
    }
  }

  /** Others have their turn first. */
  #continue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#parts.loop.again(() => {
      this.#queued = false;
      if (!this.#done) this.#deliver();
    });
  }

  // ── the side that is left ──

  /** All is delivered: how that one is told depends on what it may still be doing. */
  #tell(): void {
    const { isClient, ended } = this.#other;
    const { bytesToClient, lastActivityMs } = this.#session;
    if (this.#whole && isClient) this.#letGo();
    else if (!isClient || ended || this.#lost || bytesToClient === 0) this.#confirm();
    else if (this.#sending || this.#uploads()) this.#letGo();
    else if (lastActivityMs + this.#lingerMs < this.#parts.loop.nowMs) this.#confirm();
    else {
      // It may be about to send, or not have read yet.
      this.#phase = 'watch';
      this.#lookAfter(movedLast(this.#other.fd) === 'in' ? WATCH_MS : this.#lingerMs);
    }
  }

  #uploads(): boolean {
    const { bytesToEndpoint, bytesToClient } = this.#session;
    return bytesToEndpoint - bytesToClient > UPLOAD_BYTES;
  }

  #letGo(): void {
    const { fd, finSent, ended } = this.#other;
    if (!finSent) endStream(fd);
    this.#other.finSent = true;
    if (ended) {
      this.#over('close');
      return;
    }
    this.#phase = 'linger';
    this.#takes();
    this.#lookAfter(this.#lingerMs);
  }

  /** Resets it, once it has confirmed what it was sent. */
  #confirm(): void {
    if (this.#phase !== 'confirm') this.#tookAtMs = this.#parts.loop.nowMs;
    this.#phase = 'confirm';
    if (this.#isStuck() || this.#unconfirmed === 0) {
      this.#over('reset');
      return;
    }
    this.#lookAfter(this.#lookMs);
    this.#lookMs = Math.min(this.#lookMs * 2, LAST_LOOK_MS);
  }

  /** Whether the side that is left has taken nothing for too long. */
  #isStuck(): boolean {
    const now = this.#parts.loop.nowMs;
    if (this.#takes()) this.#tookAtMs = now;
    return now - this.#tookAtMs >= this.#stuckMs();
  }

  /** Whether something waits for it, of which it has taken some since the last look. */
  #takes(): boolean {
    const before = this.#unconfirmed;
    this.#unconfirmed = unconfirmedBytes(this.#other.fd);
    return this.#unconfirmed > 0 && this.#unconfirmed !== before;
  }

  /** Reads what the other side sends, for one that waits to be read does not read itself; not for ever. */
  #discard(): void {
    const other = this.#other;
    while (other.readable && !other.ended && this.#thrownAway < LINGER_BYTES) {
      const count = receive(other.fd, this.#parts.buffer.address, READ_BYTES);
      if (count > 0) {
        this.#thrownAway += count;
        this.#sending = true;
      } else if (count === 0) other.ended = true;
      else if (count === -ERRNO.EAGAIN) other.readable = false;
      else if (count !== -ERRNO.EINTR) {
        this.#over('reset');
        return;
      }
    }
    // What is not read stays; that it has ended is told by the event.
    if (this.#thrownAway >= LINGER_BYTES && other.hungUp) other.ended = true;
  }

  // ── deadlines ──

  get #lingerMs(): number {
    return this.#session.rules.context.lingerMs;
  }

  #stuckMs(): number {
    return Math.min(this.#session.silence(true).ms || STUCK_MS, STUCK_MS);
  }

  #lookAfter(ms: number): void {
    this.#parts.loop.timers.set(this, this.#parts.loop.nowMs + ms);
  }
}
