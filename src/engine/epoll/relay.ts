import { EPOLL } from '../../linux/epoll.ts';
import { ERRNO } from '../../linux/errno.ts';
import { endStream, socketError } from '../../linux/socket.ts';
import type { SideName } from '../../session/broken-side.ts';
import type { Ledger } from '../../session/ledger.ts';
import { Flow } from './flow.ts';
import type { Side } from './side.ts';
import { flush, keep } from './transfer.ts';
import type { WorkerParts } from './worker-parts.ts';

/** Receives the events of a relay. */
export interface RelayOwner {
  readonly ledger: Ledger;
  /** A connection broke; `refusing`: while we were sending to it. `remainder` delivers what it had sent. */
  broken(side: Side, errno: number, refusing: boolean): void;
  /** A side has ended its stream. */
  ended(side: SideName): void;
  /** Both sides have ended, and all that they sent was delivered. */
  finished(): void;
  /** The end of a stream was passed on. */
  halfClosed(): void;
}

/**
 * Two connected sides, and what flows between them: backpressure, half-closes, the end.
 *
 *     client ──recv──▶ shared buffer ──send──▶ endpoint     if not all is sent: a backlog, and reading stops
 *     end    ────────▶ shutdown at the end of the batch     if both have ended by then: finished, without shutdown
 */
export class Relay {
  readonly #parts: WorkerParts;
  readonly #owner: RelayOwner;
  readonly #up: Flow;
  readonly #down: Flow;
  /** While the client's first bytes are being judged, the relay does not read the client. */
  clientHeld: boolean;
  #endQueued = false;
  #over = false;

  constructor(
    parts: WorkerParts,
    sides: { readonly client: Side; readonly endpoint: Side; readonly held: boolean },
    owner: RelayOwner,
  ) {
    this.#parts = parts;
    this.#owner = owner;
    this.clientHeld = sides.held;
    this.#up = new Flow(sides.client, sides.endpoint);
    this.#down = new Flow(sides.endpoint, sides.client);
  }

  /** Reads both sides: they may have sent bytes whose edge-triggered event is past. */
  start(): void {
    this.move(this.#down);
    this.move(this.#up);
  }

  /** Sends judged bytes of the client. `held`: later bytes have to be judged too. */
  forward(bytes: Uint8Array, held: boolean): void {
    this.clientHeld = held;
    if (bytes.length === 0) return;
    const { to } = this.#up;
    keep(to, bytes);
    this.#owner.ledger.sentToEndpoint(bytes.length);
    const errno = flush(to, this.#parts.buffer);
    if (errno !== 0) this.#owner.broken(to, errno, true);
  }

  /** A side is broken: stops the relay and returns the flow from that side. Bytes for that side are discarded. */
  remainder(broken: Side): Flow {
    this.#over = true;
    const [from, to] = broken.isClient ? [this.#up, this.#down] : [this.#down, this.#up];
    to.stop(this.#parts);
    broken.backlog = null;
    return from;
  }

  /** Releases its pipes. Nothing more is reported. */
  stop(): void {
    this.#over = true;
    this.#up.stop(this.#parts);
    this.#down.stop(this.#parts);
  }

  /** Handles events of a side. Its flags are set already. */
  ready(side: Side, events: number): void {
    const from = side.isClient ? this.#up : this.#down;
    const to = side.isClient ? this.#down : this.#up;
    if (events & EPOLL.OUT && to.blocked) {
      const errno = flush(side, this.#parts.buffer);
      this.#owner.ledger.touch();
      if (errno !== 0) {
        this.#owner.broken(side, errno, true);
        return;
      }
      this.move(to);
    }
    if (this.#over) return;
    if (events & EPOLL.ERR) side.failed = true;
    // After the end of its stream no read would report the error.
    if (side.failed && side.ended) this.#fail(side);
    else this.move(from);
  }

  /** The kernel has reported that a side is broken. The errno is that of the socket, unless a call has returned it already. */
  #fail(side: Side): void {
    this.#broke(side, socketError(side.fd) || ERRNO.ECONNRESET, false);
  }

  /** Moves what can be moved in one direction. */
  move(flow: Flow): void {
    if (this.#over) return;
    const { from, to } = flow;
    if (from.ended) {
      this.#queueEnd();
      return;
    }
    // Under backpressure nothing is read, so a reset behind the unread bytes would not be noticed.
    if (flow.blocked && from.failed) this.#fail(from);
    if (this.#over || to.backlog !== null || !(from.readable || flow.blocked)) return;
    if (this.clientHeld && flow === this.#up) return;
    const result = flow.move(this.#parts);
    if (result.kind === 'empty') return;
    if (result.kind === 'full' && from.failed) this.#fail(from);
    if (result.kind === 'broken') this.#broke(result.side, result.errno, result.side === to);
    else if (result.kind === 'end') this.ended(from);
    else if (result.kind === 'last') {
      // At once, so that the end leaves in one segment with the last bytes, which the kernel holds back for it.
      this.ended(from);
      carryEnd(flow);
    } else if (result.kind === 'turn') this.#continue(flow);
  }

  /** `sending`: a send to the side failed. */
  #broke(side: Side, errno: number, sending: boolean): void {
    const to = side.isClient ? this.#down : this.#up;
    this.#owner.broken(side, errno, sending || to.blocked);
  }

  /** Continues after other descriptors were served. A flow waits once at a time. */
  #continue(flow: Flow): void {
    if (flow.queued) return;
    flow.queued = true;
    this.#parts.loop.again(() => {
      flow.queued = false;
      this.move(flow);
    });
  }

  /** The side's stream has ended. */
  ended(side: Side): void {
    if (side.ended) return;
    this.#owner.ended(side.name);
    side.ended = true;
    side.readable = false;
    this.#queueEnd();
  }

  /** Ends are passed on at the end of the batch, because in a short session both sides have often ended by then. */
  #queueEnd(): void {
    if (this.#endQueued) return;
    this.#endQueued = true;
    this.#parts.loop.later(() => this.#carryEnds());
  }

  #carryEnds(): void {
    this.#endQueued = false;
    if (this.#over) return;
    if (this.#up.from.ended && this.#down.from.ended && !this.#up.blocked && !this.#down.blocked) {
      this.#owner.finished();
      return;
    }
    carryEnd(this.#up);
    carryEnd(this.#down);
    this.#owner.halfClosed();
  }
}

function carryEnd({ from, to, blocked }: Flow): void {
  if (!from.ended || to.finSent || blocked) return;
  to.finSent = true;
  endStream(to.fd);
}
