const ascii = new TextEncoder();

/** Makes the ids of sessions: a prefix for the worker and a number for the session. At most 128 bytes (§2.2.5). */
export class SessionIds {
  readonly #prefix: string;
  #last = 0;

  /** `prefix` must be unique for this worker among all machines. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The number of the next session. Its text is made only on demand. */
  next(): number {
    return ++this.#last;
  }

  text(id: number): string {
    return `${this.#prefix}-${id.toString(36)}`;
  }

  bytes(id: number): Uint8Array {
    return ascii.encode(this.text(id));
  }
}
