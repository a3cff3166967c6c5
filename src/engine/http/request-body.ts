import type { IncomingMessage } from 'node:http';
import type { EndpointConnection } from './endpoint-connection.ts';
import { passedTrailers } from './field-kinds.ts';

/**
 * A request's body on its way to the endpoint. It goes on after an early answer: the endpoint may still read. If the endpoint takes
 * no more, the rest is read and thrown away, so that the client's next request can be read.
 */
export class RequestBody {
  readonly #from: IncomingMessage;
  readonly #to: EndpointConnection;
  readonly #chunked: boolean;
  /** The endpoint is waited for. */
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

  /** The endpoint takes more. */
  drained(): void {
    this.waits = false;
    this.#from.resume();
  }

  /** The rest goes nowhere. */
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
