const NEWLINE = 0x0a;

/** Cuts what arrives in chunks into lines. Bytes become text only as whole lines: a chunk may end within a character. */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #length = 0;

  /** A line of more than `maxBytes` is too long. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True while a line has begun that has not ended. */
  get isWithinLine(): boolean {
    return this.#length > 0;
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
    if (!this.#keep(last)) return null;
    const line = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    return line.toString('utf8');
  }

  #keep(part: Buffer): boolean {
    this.#length += part.length;
    if (this.#length > this.#maxBytes) {
      this.#parts = [];
      return false;
    }
    if (part.length > 0) this.#parts.push(part);
    return true;
  }
}
