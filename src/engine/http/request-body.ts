import type { ClientRequest, IncomingMessage } from 'node:http';
import { passedTrailers } from './field-kinds.ts';

/**
 * A request's body on its way to the endpoint. It goes on where the endpoint has answered already: who answers
 * early may still read. Where the endpoint is gone, the rest is read and thrown away, so that the client is heard.
 */
export class RequestBody {
  readonly #from: IncomingMessage;
  readonly #to: ClientRequest;
  #discards = false;

  constructor(from: IncomingMessage, to: ClientRequest) {
    this.#from = from;
    this.#to = to;
    from.on('data', this.#onData);
    from.on('end', this.#onEnd);
    to.on('drain', this.#onDrain);
    // What came with the head leaves with it; a head by itself does not wait for its body.
    queueMicrotask(() => {
      if (!to.destroyed && !from.complete) to.flushHeaders();
    });
  }

  /** The rest goes nowhere. */
  discard(): void {
    this.#discards = true;
    this.#from.resume();
  }

  readonly #onData = (chunk: Uint8Array): void => {
    if (!this.#discards && !this.#to.write(chunk)) this.#from.pause();
  };

  readonly #onDrain = (): void => {
    this.#from.resume();
  };

  readonly #onEnd = (): void => {
    if (this.#discards) return;
    const { rawTrailers } = this.#from;
    if (rawTrailers.length > 0) this.#to.addTrailers(passedTrailers(rawTrailers));
    this.#to.end();
  };
}
