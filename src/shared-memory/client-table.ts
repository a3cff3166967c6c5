import type { ClientPrefix } from '../plan/plan.ts';
import { type ClientEntries, entriesFor, NO_ENTRY, SESSIONS, SLOT } from './client-entries.ts';
import type { HashKey } from './sip-hash.ts';

/** The result of `acquire` if the client is at its limit. */
export const REFUSED = -1;
/** The result if the table is full. Such a session is refused, because it would have no limit. */
export const NO_ROOM = -2;

/** Counts the sessions of each client of each listener, for all workers together. */
export class ClientTable {
  readonly #entries: ClientEntries;

  /** `key` is the same for all threads and secret. Addresses with the same prefix are one client. */
  constructor(cells: Int32Array, key: HashKey, prefix?: ClientPrefix) {
    this.#entries = entriesFor(cells, key, prefix);
  }

  /**
   * Counts one more session of the client (4 or 16 bytes) unless it has `limit` already. Returns the argument of `release`,
   * or `REFUSED`, or `NO_ROOM`: the latter only if more clients have sessions than the table was made for.
   */
  acquire(listener: number, ip: Uint8Array, limit: number): number {
    const { cells } = this.#entries;
    this.#entries.lock(listener, ip);
    let entry = this.#entries.find();
    if (entry === NO_ENTRY) entry = this.#entries.add();
    let held = NO_ROOM;
    if (entry !== NO_ENTRY) {
      held = cells[entry + SESSIONS]! < limit ? entry : REFUSED;
      if (held !== REFUSED) cells[entry + SESSIONS]! += 1;
    }
    this.#entries.unlock();
    return held;
  }

  /**
   * Takes back one `acquire`, in any thread. The client keeps its entry until its last session has ended, and longer if its
   * endpoint is remembered. Does nothing for `REFUSED`, `NO_ROOM` and 0.
   */
  release(entry: number): void {
    if (entry <= NO_ENTRY) return;
    const { cells } = this.#entries;
    const bucket = this.#entries.lockOf(entry);
    cells[entry + SESSIONS]! -= 1;
    if (cells[entry + SESSIONS] === 0 && cells[entry + SLOT] === 0) this.#entries.drop(entry);
    this.#entries.unlockBucket(bucket);
  }

  /** The current number of sessions of a client. */
  sessions(listener: number, ip: Uint8Array): number {
    this.#entries.lock(listener, ip);
    const entry = this.#entries.find();
    const count = entry === NO_ENTRY ? 0 : this.#entries.cells[entry + SESSIONS]!;
    this.#entries.unlock();
    return count;
  }
}
