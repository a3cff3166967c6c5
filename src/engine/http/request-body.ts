import type { IncomingMessage } from 'node:http';
import type { EndpointConnection } from './endpoint-connection.ts';
import { passedTrailers } from './field-kinds.ts';

/**
 * Sends a request's body to the endpoint, also after an early answer, because the endpoint may still read it. If the endpoint
 * accepts no more, the rest is read and discarded, so that the client's next request can be read.
 */
export class RequestBody {
  readonly #from: IncomingMessage;
  readonly #to: EndpointConnection;
  readonly #chunked: boolean;
  /** True while the endpoint does not read. */
  waits = false;
  #discards = false;

  /** `onRead` is called once, when the client has sent all of it. */
  constructor(from: IncomingMessage, to: EndpointConnection, chunked: boolean, onRead: () => void) {
    this.#from = from;
    this.#to = to;
    this.#chunked = chunked;
    from.on('data', this.#onData);
    from.on('end', () => {
      if (!this.#discards) to.sendEnd(chunked ? lastChunk(from.rawTrailers) : '');
      onRead();
    });
  }

  /** More can be sent. */
  drained(): void {
    this.waits = false;
    this.#from.resume();
  }

  /** Discards the rest. */
  discard(): void {
    this.#discards = true;
    this.drained();
  }

  readonly #onData = (bytes: Uint8Array): void => {
    if (this.#discards) return;
    const goesOn = this.#chunked ? this.#to.sendChunk(bytes) : this.#to.send(bytes);
    if (goesOn) return;
    this.waits = true;
    this.#from.pause();
  };
}

function lastChunk(rawTrailers: readonly string[]): string {
  let text = '0\r\n';
  for (const [name, value] of passedTrailers(rawTrailers)) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}
