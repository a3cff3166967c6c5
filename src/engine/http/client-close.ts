import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import { LINGER_BYTES } from '../../session/broken-side.ts';
import { idleDeadlineMs } from '../../session/deadlines.ts';
import type { Ledger } from '../../session/ledger.ts';

/**
 * Ends a client's connection by a lingering close. If it were closed while the client is still sending, the kernel would reset it,
 * and the reset could overtake the answer. So our stream ends first, and the client's bytes are read and discarded until its
 * stream ends too, within a limit of time and bytes.
 */
export class ClientClose {
  readonly #socket: Socket;
  readonly #ledger: Ledger;
  #begun = false;
  #untilMs = Number.POSITIVE_INFINITY;
  #leftBytes = LINGER_BYTES;
  /** Bytes that waited to be sent at the last tick. */
  #unsent = 0;

  constructor(socket: Socket, ledger: Ledger) {
    this.#socket = socket;
    this.#ledger = ledger;
  }

  /** True once it has begun: from then on the client's bytes are discarded. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Ends our stream after all that was written, and after `last`. */
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

  /** Resets once the kernel has all that was written: for an incomplete answer that would look complete after a FIN. */
  resetWhenSent(): void {
    if (this.#begun) return;
    this.#discard();
    const socket = this.#socket;
    const reset = () => resetSocket(socket);
    // Corked bytes are written at the end of this turn.
    if (socket.writableLength === 0) reset();
    else socket.write('', reset);
  }

  tick(nowMs: number): void {
    const unsent = this.#socket.writableLength;
    if (unsent !== this.#unsent) this.#ledger.touch();
    this.#unsent = unsent;
    const silent = nowMs >= idleDeadlineMs(this.#ledger, true);
    // Lingering begins once everything is sent, so a slow reader gets the whole answer.
    if (this.#untilMs === Number.POSITIVE_INFINITY ? silent : nowMs >= this.#untilMs) this.#socket.destroy();
  }

  #discard(): void {
    this.#begun = true;
    const socket = this.#socket;
    // Adding a listener detaches Node's native parser from the socket; then the parser's own listener is removed.
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
