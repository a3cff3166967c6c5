import { GatheredBytes } from './gathered-bytes.ts';

const NEWLINE = 0x0a;

/** Cuts what arrives in chunks into lines. Bytes become text only as whole lines: a chunk may end within a character. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #begun = new GatheredBytes();

  /** A line of more than `maxBytes` is too long. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True while a line has begun that has not ended. */
  get isWithinLine(): boolean {
    return this.#begun.length > 0;
  }

  /**
   * Hands each line that `chunk` completes to `take`, without its end, until that returns false. Returns false
   * where a line is too long: nothing of it is kept, and there is no going on.
   */
  push(chunk: Buffer, take: (line: string) => boolean): boolean {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      const line = this.#complete(chunk.subarray(at, end));
      if (line === null) return false;
      at = end + 1;
      if (line !== '' && !take(line)) return true;
    }
    return this.#keep(chunk.subarray(at));
  }

  #complete(last: Buffer): string | null {
    // Nearly every line comes whole, and is not copied.
    if (this.#begun.length === 0) return last.length > this.#maxBytes ? null : last.toString('utf8');
    return this.#keep(last) ? this.#begun.take().toString('utf8') : null;
  }

  #keep(part: Buffer): boolean {
    const isShort = this.#begun.length + part.length <= this.#maxBytes;
    if (isShort) this.#begun.add(part);
    else this.#begun.take();
    return isShort;
  }
}
