import type { Socket } from 'node:net';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { Session } from '../../session/session.ts';
import { unreadBytes } from '../main-thread/read-after-broken-write.ts';

/** How much is read of what a client goes on sending whose answer is through. */
const LINGER_BYTES = 1 << 20;
/** A client that has sent so much more than it was answered was in the middle of an upload. */
const UPLOAD_BYTES = 4096;
/** What a peer that does not read is sure to have got: more may wait in the kernel, which Node can not see. */
const SURE_BYTES = 65_536;
/** How long a peer may take nothing of what was left for it; less where a half-closed session may be silent for less. */
const STUCK_MS = 10_000;

/** What is known of the side that broke. */
export interface NetBreak {
  readonly reason: CloseReason;
  readonly broken: Socket;
  readonly other: Socket;
  readonly otherIsClient: boolean;
  /** It had ended its stream before: what it sent is all there was. */
  readonly whole: boolean;
  /** It refused what it was being sent. */
  readonly refusing: boolean;
}

/**
 * What is left of a session once one side has broken. What that side had sent is read to its end and delivered, as the other
 * takes it; what the other sends goes nowhere. Then that one is told: a client that has a whole answer, or is sending, by the
 * end of our stream, and its bytes are read away until its own; anybody else by a reset.
 */
export class NetLingering {
  readonly #session: Session;
  readonly #broken: Socket;
  readonly #other: Socket;
  readonly #otherIsClient: boolean;
  readonly #whole: boolean;
  readonly #lost: boolean;
  #sending: boolean;
  readonly #over: (how: 'close' | 'reset') => void;
  #phase: 'deliver' | 'watch' | 'linger' | 'confirm' = 'deliver';
  /** The other side did not take at once what it was given. */
  #isSlow: boolean;
  #thrownAway = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `over` is called once: how the other side is to be closed. */
  constructor(session: Session, what: NetBreak, over: (how: 'close' | 'reset') => void) {
    this.#session = session;
    this.#broken = what.broken;
    this.#other = what.other;
    this.#otherIsClient = what.otherIsClient;
    this.#whole = what.whole;
    this.#lost = what.reason.endsWith('_lost');
    this.#sending = what.refusing;
    this.#over = over;
    this.#isSlow = what.other.writableLength > 0;
  }

  start(): void {
    this.#other.resume();
    this.#expect(this.#stuckMs());
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
    this.#expect(this.#stuckMs());
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
    if (this.#otherIsClient) this.#session.sentToClient(chunk.length);
    else this.#session.sentToEndpoint(chunk.length);
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
    const { bytesToClient, bytesToEndpoint, lastActivityMs, rules } = this.#session;
    if (this.#whole && this.#otherIsClient) this.#letGo();
    else if (!this.#otherIsClient || this.#other.readableEnded || this.#lost || bytesToClient === 0)
      this.#confirm();
    else if (this.#sending || bytesToEndpoint - bytesToClient > UPLOAD_BYTES) this.#letGo();
    else if (lastActivityMs + this.#lingerMs < rules.context.now()) this.#confirm();
    else {
      // It may be about to send, or not have read yet.
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
    const { bytesToClient, bytesToEndpoint, lastActivityMs, rules } = this.#session;
    const bytes = this.#otherIsClient ? bytesToClient : bytesToEndpoint;
    const rests = bytes <= SURE_BYTES || lastActivityMs + this.#lingerMs < rules.context.now();
    if (this.#phase === 'confirm' || (rests && !this.#isSlow)) {
      this.#over('reset');
      return;
    }
    this.#phase = 'confirm';
    this.#expect(this.#lingerMs);
  }

  /** One that waits to be read does not read itself; but not for ever. */
  #throwAway(bytes: number): void {
    this.#thrownAway += bytes;
    this.#sending = true;
    if (this.#thrownAway >= LINGER_BYTES) this.#other.pause();
    if (this.#phase === 'watch') this.#letGo();
  }

  get #lingerMs(): number {
    return this.#session.rules.context.lingerMs;
  }

  #stuckMs(): number {
    return Math.min(this.#session.silence(true).ms || STUCK_MS, STUCK_MS);
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
