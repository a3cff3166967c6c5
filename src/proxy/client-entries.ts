/**
 * What is known of clients, by listener, in shared memory: buckets of one lock and 7 entries of 8 cells each.
 * 4 words of address (v4-mapped) | listener + 1 (0: free) | sessions | slot + 1 (0: none) | until when it stays there
 * The last two are `Affinity`'s. The bucket of an entry is locked by whoever reads or writes any of its cells.
 */
const ENTRY_CELLS = 8;
const ENTRIES = 7;
const BUCKET_CELLS = (ENTRIES + 1) * ENTRY_CELLS;
const LISTENER = 4;

/** Cells of an entry, counted from its first. */
export const SESSIONS = 5;
export const SLOT = 6;
export const UNTIL = 7;

/** No entry has this number: a bucket begins with its lock. */
export const NO_ENTRY = 0;

/** Cells of a table for so many clients at once: room for twice as many, so that buckets hardly ever fill. */
export function clientTableCells(clients: number): number {
  if (clients <= 0) return 0;
  const buckets = Math.ceil((Math.min(clients, 1 << 20) * 2) / ENTRIES);
  return 2 ** Math.ceil(Math.log2(buckets)) * BUCKET_CELLS;
}

/** The entries of the table. Safe to use from several threads at once: everything between `lock` and `unlock`. */
export class ClientEntries {
  readonly cells: Int32Array;
  readonly #mask: number;
  readonly #seed: number;
  /** The words of the address that is looked up. */
  readonly #key = new Int32Array(4);

  /** `seed` must be the same for all threads and unknown outside: nobody can aim at one bucket. */
  constructor(cells: Int32Array, seed: number) {
    this.cells = cells;
    this.#mask = cells.length / BUCKET_CELLS - 1;
    this.#seed = seed;
  }

  /** Locks the bucket of the client (4 or 16 bytes), which `find` and `add` are then about. */
  lock(listener: number, ip: Uint8Array): number {
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

  /** Locks the bucket of an entry. */
  lockOf(entry: number): number {
    const bucket = entry - (entry % BUCKET_CELLS);
    this.#lockBucket(bucket);
    return bucket;
  }

  unlock(bucket: number): void {
    Atomics.store(this.cells, bucket, 0);
  }

  /** The client's entry, or `NO_ENTRY`. */
  find(bucket: number, listener: number): number {
    const cells = this.cells;
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
    return NO_ENTRY;
  }

  /**
   * An entry for a client that has none, or `NO_ENTRY` where all of the bucket have sessions. Without a free one
   * that client is forgotten whose time is up, or would be first.
   */
  add(bucket: number, listener: number): number {
    const entry = this.#free(bucket);
    if (entry === NO_ENTRY) return NO_ENTRY;
    this.cells.set(this.#key, entry);
    this.cells[entry + LISTENER] = listener + 1;
    this.cells[entry + SESSIONS] = 0;
    this.cells[entry + SLOT] = 0;
    return entry;
  }

  /** Gives an entry back that stands for nothing any more. */
  drop(entry: number): void {
    this.cells[entry + LISTENER] = 0;
  }

  #lockBucket(bucket: number): void {
    // Held for some tens of nanoseconds, by code that can't throw: spinning is right.
    while (Atomics.compareExchange(this.cells, bucket, 0, 1) !== 0);
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

  #free(bucket: number): number {
    const cells = this.cells;
    let oldest = NO_ENTRY;
    for (let entry = bucket + ENTRY_CELLS; entry < bucket + BUCKET_CELLS; entry += ENTRY_CELLS) {
      if (cells[entry + LISTENER] === 0) return entry;
      if (cells[entry + SESSIONS]! > 0) continue;
      if (oldest === NO_ENTRY || ((cells[entry + UNTIL]! - cells[oldest + UNTIL]!) | 0) < 0) oldest = entry;
    }
    return oldest;
  }
}
