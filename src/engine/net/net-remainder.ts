import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import { type BrokenSide, farewell, LINGER_BYTES, stuckMs } from '../../session/broken-side.ts';
import type { Ledger } from '../../session/ledger.ts';
import { unreadBytes } from '../main-thread/read-after-broken-write.ts';

/** This many bytes have certainly reached a peer that does not read. More may wait in the kernel, where Node cannot see them. */
const SURE_BYTES = 65_536;

/**
 * The rest of a session after one side has broken. What that side had sent is read to its end and delivered at the other side's pace;
 * what the other side sends is discarded. Then that side is closed as `farewell` says, and both sockets are closed.
 *
 *     deliver ──▶ linger (fin) ───────────────────────▶ close
 *        ├──────▶ watch ──▶ linger, if it sends
 *        ╰──────────┴─────▶ confirm ──────────────────▶ reset
 */
export class NetRemainder {
  readonly #ledger: Ledger;
  readonly #what: BrokenSide;
  readonly #broken: Socket;
  readonly #other: Socket;
  #sending = false;
  #phase: 'deliver' | 'watch' | 'linger' | 'confirm' = 'deliver';
  /** Some bytes could not be written to the remaining side at once. */
  #isSlow: boolean;
  #thrownAway = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(ledger: Ledger, what: BrokenSide, broken: Socket, other: Socket) {
    this.#ledger = ledger;
    this.#what = what;
    this.#broken = broken;
    this.#other = other;
    this.#isSlow = other.writableLength > 0;
  }

  start(): void {
    this.#other.resume();
    this.#expect(stuckMs(this.#ledger));
    if (this.#broken.destroyed || this.#broken.readableEnded) this.#read();
    else if (!this.#other.writableNeedDrain) this.#broken.resume();
  }

  /** Stops everything. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  data(from: Socket, chunk: Uint8Array): void {
    if (from === this.#broken) this.#deliver(chunk);
    else this.#throwAway(chunk.length);
  }

  drained(): void {
    if (this.#phase !== 'deliver') return;
    this.#expect(stuckMs(this.#ledger));
    this.#broken.resume();
  }

  ended(from: Socket): void {
    if (from === this.#broken) this.#read();
    else if (this.#phase === 'linger') this.#over('close');
    else if (this.#phase === 'watch') this.#confirm();
  }

  failed(from: Socket): void {
    if (from === this.#broken) this.#read();
    else this.#over('reset');
  }

  #deliver(chunk: Uint8Array): void {
    if (this.#other.writableEnded || this.#other.destroyed) return;
    if (this.#what.side === 'endpoint') this.#ledger.sentToClient(chunk.length);
    else this.#ledger.sentToEndpoint(chunk.length);
    if (this.#other.write(chunk)) return;
    this.#isSlow = true;
    this.#broken.pause();
  }

  /** The broken side is read to its end. Once all of that is written, the remaining side is closed. */
  #read(): void {
    const other = this.#other;
    const rest = unreadBytes(this.#broken);
    if (rest !== null) this.#deliver(rest);
    if (other.writableEnded) {
      if (other.writableFinished) this.#tell();
      else other.once('finish', () => this.#tell());
    } else if (other.writableLength > 0) other.write('', () => this.#tell());
    else this.#tell();
  }

  #tell(): void {
    if (this.#timer === null || this.#phase !== 'deliver') return;
    const left = { ended: this.#other.readableEnded, sending: this.#sending };
    const how = farewell(this.#ledger, this.#what, left, this.#ledger.rules.context.now());
    if (how === 'fin') this.#letGo();
    else if (how === 'reset') this.#confirm();
    else {
      this.#phase = 'watch';
      this.#expect(this.#lingerMs);
    }
  }

  #letGo(): void {
    this.#phase = 'linger';
    this.#other.end();
    if (this.#other.readableEnded) this.#over('close');
    else this.#expect(this.#lingerMs);
  }

  /** A reset discards what the kernel still holds for the peer, so it gets time to read that first. */
  #confirm(): void {
    const { bytesToClient, bytesToEndpoint, lastActivityMs, rules } = this.#ledger;
    const bytes = this.#what.side === 'endpoint' ? bytesToClient : bytesToEndpoint;
    const rests = bytes <= SURE_BYTES || lastActivityMs + this.#lingerMs < rules.context.now();
    if (this.#phase === 'confirm' || (rests && !this.#isSlow)) {
      this.#over('reset');
      return;
    }
    this.#phase = 'confirm';
    this.#expect(this.#lingerMs);
  }

  /** Reads and discards, because a peer that is blocked in sending does not read; limited in time and bytes. */
  #throwAway(bytes: number): void {
    this.#thrownAway += bytes;
    this.#sending = true;
    if (this.#thrownAway >= LINGER_BYTES) this.#other.pause();
    if (this.#phase === 'watch') this.#letGo();
  }

  #over(how: 'close' | 'reset'): void {
    this.stop();
    if (how === 'close') this.#other.destroy();
    else resetSocket(this.#other);
    this.#broken.destroy();
  }

  get #lingerMs(): number {
    return this.#ledger.rules.context.lingerMs;
  }

  #expect(ms: number): void {
    this.stop();
    this.#timer = setTimeout(() => this.#expired(), ms);
  }

  #expired(): void {
    if (this.#phase === 'linger') this.#over('close');
    else if (this.#phase === 'watch') this.#confirm();
    else this.#over('reset');
  }
}
