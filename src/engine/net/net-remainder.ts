import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import { type BrokenSide, farewell, LINGER_BYTES, stuckMs } from '../../session/broken-side.ts';
import type { Ledger } from '../../session/ledger.ts';
import { unreadBytes } from '../main-thread/read-after-broken-write.ts';

/** What a peer that does not read is sure to have got: more may wait in the kernel, which Node cannot see. */
const SURE_BYTES = 65_536;

/**
 * What is left of a session once one side has broken. What that side had sent is read to its end and delivered, as the other takes
 * it; what the other sends goes nowhere. Then that one is told as `farewell` says, and both sockets are closed.
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
  /** The other side did not take at once what it was given. */
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

  /** Nothing is done any more. */
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

  /** The broken side is read to its end: once that is written, the other one is told. */
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

  /** A reset throws away what the kernel still has for it: it is given time to take that. */
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

  /** A peer that waits to be read does not read itself, so it is read; but not for ever. */
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
