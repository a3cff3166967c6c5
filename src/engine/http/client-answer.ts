import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerFields, interimHead } from './answer-head.ts';
import { passedTrailers } from './field-kinds.ts';
import type { AnswerHead } from './parse-answer-head.ts';

/** Statuses that have no body, and so no trailers. */
const BODILESS = new Set([204, 304]);

/** The answer on its way to the client, framed for it by Node's server. */
export class ClientAnswer {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  /** The head is held back until the first bytes of the body, so that both leave in one segment. */
  #headWaits = false;
  /** The client can see from the framing, and not only from the end of the stream, whether the answer is complete. */
  isFramed = true;
  bodyBytes = 0;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  /** The client has received a part of the answer, so no other answer may be sent. */
  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** An interim answer; false if the caller has to wait for `drain`. HTTP/1.0 has none (RFC 9110 §15.2). */
  interim({ status, reason, fields }: AnswerHead): boolean {
    if (this.#request.httpVersion === '1.0') return true;
    if (status === 100) {
      // Only for a client that waits for it.
      if (this.#request.headers.expect !== undefined) this.#response.writeContinue();
      return true;
    }
    return (
      this.#response.socket?.write(
        interimHead(status, reason, answerFields(status, fields, false)),
        'latin1',
      ) ?? true
    );
  }

  /** `last`: the connection ends behind this answer. False where Node's server does not write such a head. */
  begin({ status, reason, fields }: AnswerHead, last: boolean): boolean {
    const { method, httpVersion } = this.#request;
    const hasBody = method !== 'HEAD' && !BODILESS.has(status);
    const response = this.#response;
    response.sendDate = false;
    if (last) response.shouldKeepAlive = false;
    try {
      response.writeHead(status, reason, answerFields(status, fields, hasBody && httpVersion === '1.1'));
    } catch {
      // It checks what it writes by rules of its own, which a release may change.
      return false;
    }
    this.#headWaits = true;
    this.isFramed = !hasBody || response.chunkedEncoding || fields.some(isLength);
    return true;
  }

  /** False if the caller has to wait for `drain` of the client's socket. */
  data(bytes: Uint8Array): boolean {
    this.#headWaits = false;
    this.bodyBytes += bytes.length;
    return this.#response.write(bytes);
  }

  /** No more bytes follow in this turn: a head that is held back is sent now. */
  flush(): void {
    if (!this.#headWaits) return;
    this.#headWaits = false;
    this.#response.flushHeaders();
  }

  /** `onGone` is called once all of it has been written to the client's socket. */
  end(trailers: readonly string[], onGone: () => void): void {
    this.#headWaits = false;
    if (trailers.length > 0) this.#response.addTrailers(passedTrailers(trailers));
    this.#response.once('finish', onGone);
    this.#response.end();
  }
}

function isLength(text: string, at: number): boolean {
  return at % 2 === 0 && text.length === 14 && text.toLowerCase() === 'content-length';
}
