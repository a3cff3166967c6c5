import type { AnswerState } from './http-answer.ts';

/** `herald echo --raw` first sends a line of JSON, which begins with this; a ping never does. */
const BRACE = 0x7b;
const LF = 0x0a;
const MAX_LINE_BYTES = 16 * 1024;

/** An answer of as many bytes as were sent, after the line of JSON if `herald echo --raw` sends one. */
export class PingAnswer {
  readonly #bytes: number;
  #left = 0;
  #begun = false;
  #inLine = false;
  /** The line of JSON, if there was one. */
  seen = '';

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#left = bytes;
  }

  /** Prepares for the next answer on the connection. */
  reset(): void {
    this.#left = this.#bytes;
  }

  /** Reads the first `count` of the bytes. */
  read(bytes: Buffer, count: number): AnswerState {
    let at = 0;
    if (!this.#begun && count > 0) {
      this.#begun = true;
      this.#inLine = bytes[0] === BRACE;
    }
    if (this.#inLine) {
      const end = bytes.subarray(0, count).indexOf(LF);
      at = end < 0 ? count : end + 1;
      this.seen += bytes.toString('utf8', 0, at);
      if (this.seen.length > MAX_LINE_BYTES) return 'broken';
      this.#inLine = end < 0;
    }
    this.#left -= count - at;
    if (this.#left < 0) return 'broken';
    return this.#left === 0 ? 'whole' : 'more';
  }
}
