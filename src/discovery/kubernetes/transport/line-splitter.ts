import { GatheredBytes } from './gathered-bytes.ts';

const NEWLINE = 0x0a;

/** Splits chunks into lines. Only whole lines are decoded, because a chunk may end within a character. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #begun = new GatheredBytes();

  /** `maxBytes`: the longest line that is accepted. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a line has begun and not ended. */
  get isWithinLine(): boolean {
    return this.#begun.length > 0;
  }

  /**
   * Passes each line that `chunk` completes to `onLine`, without its newline, until that returns false. Returns false if a
   * line is too long: it is dropped, and the splitter must not be used again.
   */
  push(chunk: Buffer, onLine: (line: string) => boolean): boolean {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      const line = this.#complete(chunk.subarray(at, end));
      if (line === null) return false;
      at = end + 1;
      if (line !== '' && !onLine(line)) return true;
    }
    return this.#keep(chunk.subarray(at));
  }

  #complete(last: Buffer): string | null {
    // Nearly every line arrives in one chunk and is not copied.
    if (this.#begun.length === 0) return last.length > this.#maxBytes ? null : last.toString('utf8');
    return this.#keep(last) ? this.#begun.drain().toString('utf8') : null;
  }

  #keep(part: Buffer): boolean {
    const isShort = this.#begun.length + part.length <= this.#maxBytes;
    if (isShort) this.#begun.add(part);
    else this.#begun.drain();
    return isShort;
  }
}
