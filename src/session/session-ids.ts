const ascii = new TextEncoder();

/** Makes ids of sessions: one prefix for the worker, one number for the session. At most 128 bytes (§2.2.5). */
export class SessionIds {
  readonly #prefix: string;
  #last = 0;

  /** `prefix` is what tells this worker from every other, on all machines. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The number of the next session; its text is made only if somebody asks. */
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
