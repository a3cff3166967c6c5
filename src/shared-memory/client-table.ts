import type { ClientPrefix } from '../plan/plan.ts';
import { ClientEntries, NO_ENTRY, SESSIONS, SLOT } from './client-entries.ts';
import type { HashKey } from './sip-hash.ts';

/** What `acquire` gives a client that has its share already. */
export const REFUSED = -1;
/** What it gives one that the table has no room for: a limit that can't be counted is no limit. */
export const NO_ROOM = -2;

/** Counts the sessions of clients, by listener, so that all workers meet the same limits. */
export class ClientTable {
  readonly #entries: ClientEntries;

  /** `key` must be the same for all threads and unknown outside. Addresses with one prefix are one client. */
  constructor(cells: Int32Array, key: HashKey, prefix?: ClientPrefix) {
    this.#entries = new ClientEntries(cells, key, prefix);
  }

  /**
   * Counts one more session of the client (4 or 16 bytes) unless it has `limit` already. Gives what `release` takes
   * back, `REFUSED`, or `NO_ROOM`: the latter only where more clients have sessions than the table was made for.
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
   * Takes back what `acquire` counted, by any thread; the entry is the client's until its last session is over,
   * and longer where an endpoint is remembered. What was not counted is nothing to take back.
   */
  release(entry: number): void {
    if (entry <= NO_ENTRY) return;
    const { cells } = this.#entries;
    const bucket = this.#entries.lockOf(entry);
    cells[entry + SESSIONS]! -= 1;
    if (cells[entry + SESSIONS] === 0 && cells[entry + SLOT] === 0) this.#entries.drop(entry);
    this.#entries.unlockBucket(bucket);
  }

  /** Sessions of a client now. */
  sessions(listener: number, ip: Uint8Array): number {
    this.#entries.lock(listener, ip);
    const entry = this.#entries.find();
    const count = entry === NO_ENTRY ? 0 : this.#entries.cells[entry + SESSIONS]!;
    this.#entries.unlock();
    return count;
  }
}
