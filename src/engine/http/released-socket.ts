import type { Socket } from 'node:net';

/**
 * A client's socket between two parsers. Node's server has released it behind a request, and gets it back when that is answered.
 * Until then nothing is read. Parts of Node that still know the socket may resume it: what then comes is put back.
 */
export class ReleasedSocket {
  readonly #socket: Socket;

  /** `unread` is what the parser had been given and did not read. */
  constructor(socket: Socket, unread: Uint8Array) {
    this.#socket = socket;
    // Kept in the stream: it would emit its end, if it were empty, and could not take these bytes any more.
    if (unread.length > 0) socket.unshift(unread);
    socket.on('data', this.#putBack);
    socket.pause();
  }

  /** It may be read again; false where the client has ended its stream meanwhile, and there is nothing to read. */
  giveBack(): boolean {
    this.#socket.off('data', this.#putBack);
    return !this.#socket.readableEnded;
  }

  readonly #putBack = (bytes: Uint8Array): void => {
    this.#socket.pause();
    this.#socket.unshift(bytes);
  };
}
