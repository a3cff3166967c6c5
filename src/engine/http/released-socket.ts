import type { Socket } from 'node:net';

/**
 * A client's socket between two parsers: Node's server has let it go, and is to have it back when what was asked before is
 * answered. Until then nothing is read; what Node reads all the same is put back.
 */
export class ReleasedSocket {
  readonly #socket: Socket;

  /** `unread` is what the parser had been given and did not read. */
  constructor(socket: Socket, unread: Uint8Array) {
    this.#socket = socket;
    // In the stream, and not here: its end is told when it is empty.
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
