import type { Socket } from 'node:net';

/**
 * A client's socket between two parsers. Node's server has released it after a request, and gets it back once that is answered.
 * Until then nothing is read. If other parts of Node resume the socket, the bytes they read are put back.
 */
export class ReleasedSocket {
  readonly #socket: Socket;

  /** `unread`: bytes that the parser had received but not parsed. */
  constructor(socket: Socket, unread: Uint8Array) {
    this.#socket = socket;
    // Put back now: an empty stream could emit its end, and then accept no bytes.
    if (unread.length > 0) socket.unshift(unread);
    socket.on('data', this.#putBack);
    socket.pause();
  }

  /** Allows reading again; false if the client has ended its stream, and there is nothing to read. */
  giveBack(): boolean {
    this.#socket.off('data', this.#putBack);
    return !this.#socket.readableEnded;
  }

  readonly #putBack = (bytes: Uint8Array): void => {
    this.#socket.pause();
    this.#socket.unshift(bytes);
  };
}
