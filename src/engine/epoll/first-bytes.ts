import { ERRNO } from '../../linux/errno.ts';
import { receive } from '../../linux/socket.ts';
import { Timer } from '../../loop/timer-wheel.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import { GUARD_MS, type HeaderReader, type HeaderVerdict } from '../../session/header-reader.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { Header } from '../../wire/header.ts';
import { READ_BYTES } from './read-buffer.ts';
import type { Side } from './side.ts';
import type { WorkerParts } from './worker-parts.ts';

/** Who hears what the first bytes of a client are. */
export interface EpollFirstBytesOwner {
  readonly ledger: Ledger;
  /** The client is turned away. */
  abort(reason: CloseReason, detail: string | null): void;
  /** These bytes, good for the call, may go on. `over`: so may all that follow. */
  came(rest: Uint8Array, header: Header | null, over: boolean): void;
  /** The client's stream has ended, or its connection broke; what it sent has come before. */
  firstBytesEnded(): void;
  firstBytesBroken(errno: number, any: boolean): void;
}

/** Reads a client until its first bytes are decided, and no further. Its timer runs only while bytes are held back. */
export class EpollFirstBytes extends Timer {
  readonly #parts: WorkerParts;
  readonly #client: Side;
  readonly #owner: EpollFirstBytesOwner;
  #reader: HeaderReader;
  #stopped = false;

  constructor(parts: WorkerParts, client: Side, reader: HeaderReader, owner: EpollFirstBytesOwner) {
    super();
    this.#parts = parts;
    this.#client = client;
    this.#reader = reader;
    this.#owner = owner;
  }

  get reader(): HeaderReader {
    return this.#reader;
  }

  /** Nothing is read or told any more. */
  stop(): void {
    this.#stopped = true;
    this.#parts.loop.timers.clear(this);
  }

  /** Reads what has come. */
  read(): void {
    const { buffer } = this.#parts;
    const client = this.#client;
    while (!this.#stopped && client.readable) {
      const count = receive(client.fd, buffer.address, READ_BYTES);
      if (count > 0) {
        // With its end behind it a short read is not the last one: that has to be met.
        if (count < READ_BYTES && !client.readOn && !client.hungUp) client.readable = false;
        this.#tell(this.#reader.take(buffer.bytes.subarray(0, count)));
      } else if (count === -ERRNO.EAGAIN) client.readable = false;
      else if (count === 0) {
        this.#tell(this.#reader.end());
        this.#owner.firstBytesEnded();
        return;
      } else if (count !== -ERRNO.EINTR) {
        this.#broke(-count);
        return;
      }
    }
  }

  /** The deadline of the header has passed. */
  timeout(): void {
    this.#tell(this.#reader.timeout());
  }

  /** What is held back may go on. */
  expired(): void {
    this.timeout();
  }

  #tell(verdict: HeaderVerdict): void {
    if (verdict.kind === 'more') this.#hold();
    else if (verdict.kind === 'refused') this.#owner.abort(verdict.reason, verdict.detail);
    else {
      const { rest } = verdict;
      const over = verdict.kind === 'header' || (!verdict.watched && !this.#guardsNow(rest));
      if (over) this.stop();
      this.#owner.came(rest, verdict.kind === 'header' ? verdict.header : null, over);
    }
  }

  /** A client that was silent where a header is optional may still not send one. */
  #guardsNow(rest: Uint8Array): boolean {
    const reader = rest.length === 0 ? this.#owner.ledger.rules.afterSilence() : null;
    if (reader !== null) this.#reader = reader;
    return reader !== null;
  }

  #hold(): void {
    if (this.#reader.held === 0 || this.slot >= 0) return;
    this.#parts.loop.timers.set(this, this.#parts.loop.nowMs + GUARD_MS);
  }

  /** What was held back is the endpoint's: it will not become a header. */
  #broke(errno: number): void {
    const any = this.#reader.bytes.length > 0;
    if (this.#reader.held > 0) this.#tell(this.#reader.end());
    this.#owner.firstBytesBroken(errno, any);
  }
}
