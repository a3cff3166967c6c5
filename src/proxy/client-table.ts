import { ClientEntries, NO_ENTRY, SESSIONS, SLOT } from './client-entries.ts';

/** What `acquire` gives a client that has its share already. */
export const REFUSED = -1;

/** Counts the sessions of clients, by listener, so that all workers meet the same limits. */
export class ClientTable {
  readonly #entries: ClientEntries;

  /** `seed` must be the same for all threads and unknown outside. */
  constructor(cells: Int32Array, seed: number) {
    this.#entries = new ClientEntries(cells, seed);
  }

  /**
   * Counts one more session of the client (4 or 16 bytes) unless it has `limit` already. Where its
   * bucket is full of others it is let in uncounted: `--max-sessions` still bounds the whole. Gives what
   * `release` takes back, or `REFUSED`.
   */
  acquire(listener: number, ip: Uint8Array, limit: number): number {
    const { cells } = this.#entries;
    const bucket = this.#entries.lock(listener, ip);
    let entry = this.#entries.find(bucket, listener);
    if (entry === NO_ENTRY) entry = this.#entries.add(bucket, listener);
    let held = NO_ENTRY;
    if (entry !== NO_ENTRY) {
      held = cells[entry + SESSIONS]! < limit ? entry : REFUSED;
      if (held !== REFUSED) cells[entry + SESSIONS]! += 1;
    }
    this.#entries.unlock(bucket);
    return held;
  }

  /**
   * Takes back what `acquire` counted, by any thread; the entry is the client's until its last session is over,
   * and longer where an endpoint is remembered.
   */
  release(entry: number): void {
    if (entry <= NO_ENTRY) return;
    const { cells } = this.#entries;
    const bucket = this.#entries.lockOf(entry);
    cells[entry + SESSIONS]! -= 1;
    if (cells[entry + SESSIONS] === 0 && cells[entry + SLOT] === 0) this.#entries.drop(entry);
    this.#entries.unlock(bucket);
  }

  /** Sessions of a client now. */
  sessions(listener: number, ip: Uint8Array): number {
    const bucket = this.#entries.lock(listener, ip);
    const entry = this.#entries.find(bucket, listener);
    const count = entry === NO_ENTRY ? 0 : this.#entries.cells[entry + SESSIONS]!;
    this.#entries.unlock(bucket);
    return count;
  }
}
