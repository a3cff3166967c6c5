/**
 * How many sessions each client has, in shared memory, so that all workers meet the same limits.
 * Buckets of one lock and 7 entries of 8 cells each:
 * 4 words of address (v4-mapped) | listener + 1 (0: free) | sessions | two cells to spare.
 */
const ENTRY_CELLS = 8;
const ENTRIES = 7;
const BUCKET_CELLS = (ENTRIES + 1) * ENTRY_CELLS;
const LISTENER = 4;
const SESSIONS = 5;

/** What `acquire` gives a client that has its share already. */
export const REFUSED = -1;
/** What it gives where no entry was free. No entry has this number: a bucket begins with its lock. */
const UNCOUNTED = 0;

/** Cells of a table for so many clients at once: room for twice as many, so that buckets hardly ever fill. */
export function clientTableCells(clients: number): number {
  if (clients <= 0) return 0;
  const buckets = Math.ceil((Math.min(clients, 1 << 20) * 2) / ENTRIES);
  return 2 ** Math.ceil(Math.log2(buckets)) * BUCKET_CELLS;
}

/** Counts the sessions of clients, by listener. Safe to use from several threads at once. */
export class ClientTable {
  readonly #cells: Int32Array;
  readonly #mask: number;
  readonly #seed: number;
  /** The words of the address that is looked up. */
  readonly #key = new Int32Array(4);

  /** `seed` must be the same for all threads and unknown outside: nobody can aim at one bucket. */
  constructor(cells: Int32Array, seed: number) {
    this.#cells = cells;
    this.#mask = cells.length / BUCKET_CELLS - 1;
    this.#seed = seed;
  }

  /**
   * Counts one more session of the client (4 or 16 bytes) unless it has `limit` already. Where its
   * bucket is full of others it is let in uncounted: `--max-sessions` still bounds the whole. Gives what
   * `release` takes back, or `REFUSED`.
   */
  acquire(listener: number, ip: Uint8Array, limit: number): number {
    const bucket = this.#lock(listener, ip);
    let entry = this.#find(bucket, listener);
    let held = UNCOUNTED;
    if (entry < 0) {
      entry = this.#free(bucket);
      if (entry >= 0) {
        this.#cells.set(this.#key, entry);
        this.#cells[entry + LISTENER] = listener + 1;
        this.#cells[entry + SESSIONS] = 0;
      }
    }
    if (entry >= 0) {
      held = this.#cells[entry + SESSIONS]! < limit ? entry : REFUSED;
      if (held !== REFUSED) this.#cells[entry + SESSIONS]! += 1;
    }
    Atomics.store(this.#cells, bucket, 0);
    return held;
  }

  /** Takes back what `acquire` counted, by any thread; the entry is the client's until its last session is over. */
  release(entry: number): void {
    if (entry <= UNCOUNTED) return;
    const bucket = entry - (entry % BUCKET_CELLS);
    this.#lockBucket(bucket);
    this.#cells[entry + SESSIONS]! -= 1;
    if (this.#cells[entry + SESSIONS] === 0) this.#cells[entry + LISTENER] = 0;
    Atomics.store(this.#cells, bucket, 0);
  }

  /** Sessions of a client now. */
  sessions(listener: number, ip: Uint8Array): number {
    const bucket = this.#lock(listener, ip);
    const entry = this.#find(bucket, listener);
    const count = entry < 0 ? 0 : this.#cells[entry + SESSIONS]!;
    Atomics.store(this.#cells, bucket, 0);
    return count;
  }

  #lock(listener: number, ip: Uint8Array): number {
    this.#setKey(ip);
    let hash = this.#seed ^ listener;
    for (let word = 0; word < 4; word++) {
      hash = Math.imul(hash ^ this.#key[word]!, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const bucket = (hash & this.#mask) * BUCKET_CELLS;
    this.#lockBucket(bucket);
    return bucket;
  }

  #lockBucket(bucket: number): void {
    // Held for some tens of nanoseconds, by code that can't throw: spinning is right.
    while (Atomics.compareExchange(this.#cells, bucket, 0, 1) !== 0);
  }

  #setKey(ip: Uint8Array): void {
    const v4 = ip.length === 4;
    for (let word = 0; word < 4; word++) {
      const at = v4 ? 0 : word * 4;
      this.#key[word] = (ip[at]! << 24) | (ip[at + 1]! << 16) | (ip[at + 2]! << 8) | ip[at + 3]!;
    }
    if (!v4) return;
    this.#key[0] = 0;
    this.#key[1] = 0;
    this.#key[2] = 0xffff;
  }

  #find(bucket: number, listener: number): number {
    const cells = this.#cells;
    const key = this.#key;
    for (let entry = bucket + ENTRY_CELLS; entry < bucket + BUCKET_CELLS; entry += ENTRY_CELLS) {
      if (
        cells[entry + LISTENER] === listener + 1 &&
        cells[entry] === key[0] &&
        cells[entry + 1] === key[1] &&
        cells[entry + 2] === key[2] &&
        cells[entry + 3] === key[3]
      ) {
        return entry;
      }
    }
    return -1;
  }

  #free(bucket: number): number {
    for (let entry = bucket + ENTRY_CELLS; entry < bucket + BUCKET_CELLS; entry += ENTRY_CELLS) {
      if (this.#cells[entry + LISTENER] === 0) return entry;
    }
    return -1;
  }
}
