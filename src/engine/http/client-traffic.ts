import type { Socket } from 'node:net';
import type { Ledger } from '../../session/ledger.ts';

/**
 * Counts what moves on a client's socket by looking at its counters now and then: heads count as bodies do, and
 * nothing is called for a chunk.
 */
export class ClientTraffic {
  readonly #socket: Socket;
  readonly #ledger: Ledger;
  #read = 0;
  #written = 0;
  #settled = 0;
  #headMs: number | null = null;

  constructor(socket: Socket, ledger: Ledger) {
    this.#socket = socket;
    this.#ledger = ledger;
  }

  /** A header that came before is not counted; what is already here behind it is. */
  begin(): void {
    this.#read = this.#socket.bytesRead - this.#socket.readableLength;
    this.#settled = this.#read;
  }

  /** Counts what has moved since the last time. */
  count(): void {
    const { bytesRead, bytesWritten } = this.#socket;
    const read = bytesRead - this.#read;
    const written = bytesWritten - this.#written;
    this.#read = bytesRead;
    this.#written = bytesWritten;
    if (read > 0) this.#ledger.sentToEndpoint(read);
    if (written > 0) this.#ledger.sentToClient(written);
  }

  /** What has come so far belongs to requests. */
  settle(): void {
    this.#settled = this.#socket.bytesRead;
    this.#headMs = null;
  }

  /** False once the head of a request, begun by what came since, has been under way for so long. */
  headInTime(nowMs: number, timeoutMs: number): boolean {
    if (this.#socket.bytesRead === this.#settled) return true;
    this.#headMs ??= nowMs + timeoutMs;
    return nowMs < this.#headMs;
  }
}
