import type { AnswerState } from './http-answer.ts';

/** `herald echo --raw` says first whom it saw, on a line that begins so; a ping of ours never does. */
const BRACE = 0x7b;
const LF = 0x0a;
const MAX_LINE_BYTES = 16 * 1024;

/** As many bytes back as went there, behind the one line of `herald echo --raw` where that comes first. */
export class PingAnswer {
  readonly #bytes: number;
  #left = 0;
  #begun = false;
  #inLine = false;
  /** The line, where one came. */
  seen = '';

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#left = bytes;
  }

  /** Makes ready for the next answer on the connection. */
  reset(): void {
    this.#left = this.#bytes;
  }

  /** Takes the first `count` of the bytes. */
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
