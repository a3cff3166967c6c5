import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import { LINGER_BYTES } from '../../session/broken-side.ts';
import { idleDeadlineMs } from '../../session/deadlines.ts';
import type { Ledger } from '../../session/ledger.ts';

/**
 * How we end a client's connection. If it were closed at once while the client is still sending, the kernel would reset it, and the
 * reset could overtake the answer. So our stream ends first, and what the client sends is read and thrown away, unparsed, until its
 * stream ends too: a lingering close, bounded in time and bytes.
 */
export class ClientClose {
  readonly #socket: Socket;
  readonly #ledger: Ledger;
  #begun = false;
  #untilMs = Number.POSITIVE_INFINITY;
  #leftBytes = LINGER_BYTES;
  /** Bytes that wait for the client, at the last look. */
  #unsent = 0;

  constructor(socket: Socket, ledger: Ledger) {
    this.#socket = socket;
    this.#ledger = ledger;
  }

  /** From then on nothing that the client sends is looked at. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Ends our stream behind all that was written, and `last`. */
  linger(last = ''): void {
    if (this.#begun || this.#socket.destroyed) return;
    this.#discard();
    const socket = this.#socket;
    const sent = () => {
      const { now, lingerMs } = this.#ledger.rules.context;
      this.#untilMs = now() + lingerMs;
    };
    if (socket.writableFinished) sent();
    else socket.once('finish', sent);
    socket.end(last, 'latin1');
  }

  /** Resets it when the kernel has all that was written: for an answer whose end by FIN would look like a complete one. */
  resetWhenSent(): void {
    if (this.#begun) return;
    this.#discard();
    const socket = this.#socket;
    const reset = () => resetSocket(socket);
    // What is corked leaves with the end of the turn.
    if (socket.writableLength === 0) reset();
    else socket.write('', reset);
  }

  tick(nowMs: number): void {
    const unsent = this.#socket.writableLength;
    if (unsent !== this.#unsent) this.#ledger.touch();
    this.#unsent = unsent;
    const silent = nowMs >= idleDeadlineMs(this.#ledger, true);
    // The time to linger begins when all is sent; a slow reader gets all of it.
    if (this.#untilMs === Number.POSITIVE_INFINITY ? silent : nowMs >= this.#untilMs) this.#socket.destroy();
  }

  #discard(): void {
    this.#begun = true;
    const socket = this.#socket;
    // Adding a listener takes the socket from Node's native parser; then the parser's own listener goes.
    socket.on('data', this.#count);
    for (const listener of socket.listeners('data') as ((bytes: Uint8Array) => void)[]) {
      if (listener !== this.#count) socket.off('data', listener);
    }
    socket.resume();
  }

  readonly #count = (bytes: Uint8Array): void => {
    this.#leftBytes -= bytes.length;
    if (this.#leftBytes < 0) this.#socket.destroy();
  };
}
