import type { Socket } from 'node:net';
import type { Ledger } from '../../session/ledger.ts';

/**
 * Counts the bytes of a client's socket by reading its counters from time to time, so that heads are included and no chunk
 * costs a call.
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

  /** Starts counting after the PROXY header; bytes behind it that have been received already are counted. */
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

  /** All bytes received so far belong to known requests. */
  settle(): void {
    this.#settled = this.#socket.bytesRead;
    this.#headMs = null;
  }

  /** False if bytes received since `settle` have not become a complete head within `timeoutMs`. */
  headInTime(nowMs: number, timeoutMs: number): boolean {
    if (this.#socket.bytesRead === this.#settled) return true;
    this.#headMs ??= nowMs + timeoutMs;
    return nowMs < this.#headMs;
  }
}
