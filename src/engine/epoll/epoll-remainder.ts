import { EPOLL } from '../../linux/epoll.ts';
import { ERRNO } from '../../linux/errno.ts';
import { endStream, movedLast, receive, unconfirmedBytes } from '../../linux/socket.ts';
import { Timer } from '../../loop/timer-wheel.ts';
import { type BrokenSide, farewell, LINGER_BYTES, stuckMs } from '../../session/broken-side.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { Flow } from './flow.ts';
import { READ_BYTES } from './read-buffer.ts';
import type { Side } from './side.ts';
import { flush } from './transfer.ts';
import type { WorkerParts } from './worker-parts.ts';

/** How soon a client that sent last is reset. By then it has sent more, or it waits for an answer that will not come. */
const WATCH_MS = 250;
/** The first and the longest pause between checks whether a peer has acknowledged what it was sent. */
const FIRST_LOOK_MS = 16;
const LAST_LOOK_MS = 250;

/** Receives how to close once the rest is delivered. */
export interface RemainderOwner {
  readonly ledger: Ledger;
  /** Our stream to the other side has ended: close both. */
  finished(): void;
  /** Reset both. */
  reset(): void;
}

/**
 * The rest of a session after one side has broken. What that side had sent is read to its end and delivered at the other side's pace;
 * what the other side sends is discarded. Then that side is closed as `farewell` says, and both descriptors are closed.
 *
 *     deliver ──▶ linger (fin) ───────────────────────▶ finished
 *        ├──────▶ watch ──▶ linger, if it sends
 *        ╰──────────┴─────▶ confirm, until it has ────▶ reset
 *                           acknowledged everything
 */
export class EpollRemainder extends Timer {
  readonly #parts: WorkerParts;
  readonly #owner: RemainderOwner;
  readonly #what: BrokenSide;
  /** From the broken side to the remaining one. */
  readonly #flow: Flow;
  readonly #other: Side;
  /** The remaining side has sent something since the break. */
  #sending = false;
  #phase: 'deliver' | 'watch' | 'linger' | 'confirm' = 'deliver';
  #isRead = false;
  #queued = false;
  #done = false;
  /** How many bytes of the remaining side were discarded. */
  #thrownAway = 0;
  #unconfirmed = 0;
  /** When the remaining side last acknowledged something. */
  #tookAtMs: number;
  #lookMs = FIRST_LOOK_MS;

  constructor(parts: WorkerParts, what: BrokenSide, flow: Flow, owner: RemainderOwner) {
    super();
    this.#parts = parts;
    this.#owner = owner;
    this.#what = what;
    this.#flow = flow;
    this.#other = flow.to;
    this.#tookAtMs = parts.loop.nowMs;
    this.#isRead = flow.from.ended;
    // After a short read there may be more: only a read that returns 0 or an error is the last one.
    flow.from.readOn = true;
    flow.from.readable = true;
  }

  start(): void {
    this.#discard();
    if (!this.#done) this.#deliver();
  }

  /** Stops everything. */
  stop(): void {
    this.#done = true;
    this.#parts.loop.timers.clear(this);
  }

  /** Handles events of a side. Its flags are set already. */
  ready(side: Side, events: number): void {
    if (side === this.#other) {
      if (events & EPOLL.ERR) this.#owner.reset();
      else this.#discard();
    }
    if (this.#done) return;
    if (this.#phase === 'deliver') this.#deliver();
    else if (this.#phase === 'watch' && this.#sending) this.#letGo();
    else if (this.#phase === 'watch' && this.#other.ended) this.#confirm();
    else if (this.#phase === 'linger' && this.#other.ended) this.#owner.finished();
  }

  expired(): void {
    if (this.#phase === 'linger') {
      // A slow client that still reads its answer gets more time.
      if (this.#takes()) this.#lookAfter(this.#lingerMs);
      else this.#owner.finished();
    } else if (this.#phase !== 'deliver') this.#confirm();
    else if (this.#isStuck()) this.#owner.reset();
    else this.#lookAfter(stuckMs(this.#owner.ledger));
  }

  // ── bytes of the broken side ──

  #deliver(): void {
    const flow = this.#flow;
    const to = this.#other;
    if (to.backlog !== null) {
      const errno = flush(to, this.#parts.buffer);
      if (errno !== 0) {
        this.#owner.reset();
        return;
      }
    }
    while (to.backlog === null && !(this.#isRead && !flow.blocked)) {
      const result = flow.move(this.#parts);
      if (result.kind === 'broken' && result.side === to) {
        this.#owner.reset();
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
      this.#lookAfter(stuckMs(this.#owner.ledger));
    }
  }

  /** Continues after other descriptors were served. */
  #continue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#parts.loop.again(() => {
      this.#queued = false;
      if (!this.#done) this.#deliver();
    });
  }

  // ── the remaining side ──

  /** Everything is delivered: closes the remaining side. */
  #tell(): void {
    const { loop } = this.#parts;
    const left = { ended: this.#other.ended, sending: this.#sending };
    const how = farewell(this.#owner.ledger, this.#what, left, loop.nowMs);
    if (how === 'fin') this.#letGo();
    else if (how === 'reset') this.#confirm();
    else {
      this.#phase = 'watch';
      this.#lookAfter(movedLast(this.#other.fd) === 'in' ? WATCH_MS : this.#lingerMs);
    }
  }

  #letGo(): void {
    const { fd, finSent, ended } = this.#other;
    if (!finSent) endStream(fd);
    this.#other.finSent = true;
    if (ended) {
      this.#owner.finished();
      return;
    }
    this.#phase = 'linger';
    this.#takes();
    this.#lookAfter(this.#lingerMs);
  }

  /** Resets it once it has acknowledged everything. */
  #confirm(): void {
    if (this.#phase !== 'confirm') this.#tookAtMs = this.#parts.loop.nowMs;
    this.#phase = 'confirm';
    if (this.#isStuck() || this.#unconfirmed === 0) {
      this.#owner.reset();
      return;
    }
    this.#lookAfter(this.#lookMs);
    this.#lookMs = Math.min(this.#lookMs * 2, LAST_LOOK_MS);
  }

  /** Whether the remaining side has acknowledged nothing for too long. */
  #isStuck(): boolean {
    const now = this.#parts.loop.nowMs;
    if (this.#takes()) this.#tookAtMs = now;
    return now - this.#tookAtMs >= stuckMs(this.#owner.ledger);
  }

  /** Whether it has acknowledged some of the outstanding bytes since the last check. */
  #takes(): boolean {
    const before = this.#unconfirmed;
    this.#unconfirmed = unconfirmedBytes(this.#other.fd);
    return this.#unconfirmed > 0 && this.#unconfirmed !== before;
  }

  /** Reads and discards, up to `LINGER_BYTES`, because a peer that is blocked in sending does not read. */
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
        this.#owner.reset();
        return;
      }
    }
    // The rest is not read; the event reports its end.
    if (this.#thrownAway >= LINGER_BYTES && other.hungUp) other.ended = true;
  }

  // ── deadlines ──

  get #lingerMs(): number {
    return this.#owner.ledger.rules.context.lingerMs;
  }

  #lookAfter(ms: number): void {
    this.#parts.loop.timers.set(this, this.#parts.loop.nowMs + ms);
  }
}
