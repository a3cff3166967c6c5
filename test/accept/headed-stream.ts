import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

/** How a header goes out: in one segment with the first bytes after it, in a segment before, or byte by byte. */
export type Delivery = 'together' | 'apart' | 'by byte';

/** A client's socket that sends a header before the first byte written to it; http, tls and http2 run over it. */
export class HeadedStream extends Duplex {
  readonly #socket: Socket;
  readonly #delivery: Delivery;
  #header: Uint8Array | undefined;

  constructor(socket: Socket, header: Uint8Array, delivery: Delivery) {
    super();
    this.#socket = socket;
    this.#header = header;
    this.#delivery = delivery;
    // The user of the stream sees it close.
    this.on('error', () => {});
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.push(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const header = this.#header;
    this.#header = undefined;
    if (header === undefined) this.#socket.write(chunk, done);
    else if (this.#delivery === 'together') this.#socket.write(Buffer.concat([header, chunk]), done);
    else void this.#send(header, chunk).then(() => done(), done);
  }

  override _final(done: () => void): void {
    // Errors are ignored: the other end may be gone.
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  async #send(header: Uint8Array, chunk: Buffer): Promise<void> {
    const step = this.#delivery === 'by byte' ? 1 : header.length;
    const bytes = Buffer.concat([header, chunk]);
    for (let at = 0; at < header.length; at += step) {
      this.#socket.write(bytes.subarray(at, at + step));
      await turn();
      await turn();
    }
    this.#socket.write(bytes.subarray(header.length));
  }
}
