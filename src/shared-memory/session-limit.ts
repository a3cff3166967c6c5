/** The sessions reserved on one listener: one atomic cell that all workers share. */
export class SessionLimit {
  readonly #reserved: Int32Array;
  readonly #listener: number;
  readonly #max: number;

  constructor(reserved: Int32Array, listener: number, max: number) {
    this.#reserved = reserved;
    this.#listener = listener;
    this.#max = max;
  }

  /** Reserves one session; false if there are `max` already. */
  acquire(): boolean {
    if (Atomics.add(this.#reserved, this.#listener, 1) < this.#max) return true;
    this.release();
    return false;
  }

  release(): void {
    Atomics.sub(this.#reserved, this.#listener, 1);
  }
}
