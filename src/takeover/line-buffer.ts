const LF = 0x0a;

/** Bytes of a peer, read line by line; no line may be longer than `most` bytes. */
export class LineBuffer {
  readonly #most: number;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(most: number) {
    this.#most = most;
  }

  /** How many bytes wait that no line has taken. */
  get length(): number {
    return this.#bytes.length;
  }

  push(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  /** The next line without its LF, null if it is not complete yet. `too_long`: it never becomes one. */
  line(): string | null | { readonly problem: 'too_long' } {
    const end = this.#bytes.indexOf(LF);
    if (end > this.#most || (end < 0 && this.#bytes.length > this.#most)) return { problem: 'too_long' };
    if (end < 0) return null;
    const line = Buffer.from(this.take(end + 1).subarray(0, end)).toString('utf8');
    return line;
  }

  /** Takes at most `most` bytes. */
  take(most: number): Uint8Array {
    const taken = this.#bytes.subarray(0, most);
    this.#bytes = this.#bytes.subarray(taken.length);
    return taken;
  }
}
