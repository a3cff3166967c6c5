import type { ClientPrefix } from '../plan/plan.ts';
import { type HashKey, SipHash } from './sip-hash.ts';

/**
 * What is known of clients, by listener, in shared memory: buckets of a head and 7 entries, 8 cells each.
 *
 *     head   lock | entries that have spilled from here | 6 unused
 *     entry  4 words of address (v4-mapped) | listener + 1 (0: free) | sessions | slot + 1 (0: none) | until when it stays there
 *
 * The last two are `Affinity`'s. Seven of eight buckets are the home of clients; who finds its own full of clients with
 * sessions has its entry in one of the rest. Locks are taken in that order, so that no two threads wait for each other:
 * the home's for all that is done about a client, the bucket's of an entry for whatever reads or writes its cells.
 */
const ENTRY_CELLS = 8;
const ENTRIES = 7;
const BUCKET_CELLS = (ENTRIES + 1) * ENTRY_CELLS;
const SPILLED = 1;
const LISTENER = 4;

/** Cells of an entry, counted from its first. */
export const SESSIONS = 5;
export const SLOT = 6;
export const UNTIL = 7;

/** No entry has this number: a bucket begins with its head. */
export const NO_ENTRY = 0;

/** Each address is a client of its own. */
export const WHOLE_ADDRESS: ClientPrefix = { v4: 32, v6: 128 };

/** Cells of a table for so many clients at once: room for twice as many, so that buckets seldom fill. */
export function clientTableCells(clients: number): number {
  if (clients <= 0) return 0;
  const buckets = Math.ceil((Math.min(clients, 1 << 20) * 2) / ENTRIES);
  return 2 ** Math.ceil(Math.log2(buckets)) * BUCKET_CELLS;
}

/** The entries of the table. Safe to use from several threads at once: everything between `lock` and `unlock`. */
export class ClientEntries {
  readonly cells: Int32Array;
  readonly #homes: number;
  readonly #spills: number;
  readonly #hash: SipHash;
  readonly #masks: { readonly v4: Int32Array; readonly v6: Int32Array };
  /** The client that `lock` was about: its words, its home, and the bucket where it may have spilled to. */
  readonly #key = new Int32Array(4);
  #listener = 0;
  #home = 0;
  #spill = 0;
  #locksSpill = false;

  /** `key` must be the same for all threads and unknown outside: nobody can aim at one bucket. */
  constructor(cells: Int32Array, key: HashKey, prefix: ClientPrefix = WHOLE_ADDRESS) {
    const buckets = cells.length / BUCKET_CELLS;
    this.cells = cells;
    this.#spills = buckets < 2 ? 0 : Math.max(buckets >> 3, 1);
    this.#homes = buckets - this.#spills;
    this.#hash = new SipHash(key);
    this.#masks = { v4: maskOf(96 + prefix.v4), v6: maskOf(prefix.v6) };
  }

  /** Locks what is known of the client (4 or 16 bytes), which `find`, `add` and `unlock` are then about. */
  lock(listener: number, ip: Uint8Array): void {
    const key = this.#key;
    this.#setKey(ip);
    this.#listener = listener + 1;
    this.#home = this.#homeOf(key[0]!, key[1]!, key[2]!, key[3]!, this.#listener);
    this.#spill = (this.#homes + bucketOf(this.#hash.high, this.#spills)) * BUCKET_CELLS;
    this.#lockBucket(this.#home);
  }

  unlock(): void {
    if (this.#locksSpill) this.unlockBucket(this.#spill);
    this.#locksSpill = false;
    this.unlockBucket(this.#home);
  }

  /** Locks the bucket of an entry, and gives what `unlockBucket` takes. */
  lockOf(entry: number): number {
    const bucket = entry - (entry % BUCKET_CELLS);
    this.#lockBucket(bucket);
    return bucket;
  }

  unlockBucket(bucket: number): void {
    Atomics.store(this.cells, bucket, 0);
  }

  /** The client's entry, or `NO_ENTRY`. */
  find(): number {
    const entry = this.#findIn(this.#home);
    if (entry !== NO_ENTRY || Atomics.load(this.cells, this.#home + SPILLED) === 0) return entry;
    this.#lockSpill();
    return this.#findIn(this.#spill);
  }

  /**
   * An entry for a client that has none, or `NO_ENTRY` where all that it may have stand for clients with sessions.
   * Without a free one that client is forgotten whose time is up, or would be first.
   */
  add(): number {
    let entry = this.#free(this.#home);
    if (entry === NO_ENTRY && this.#spills > 0) {
      this.#lockSpill();
      entry = this.#free(this.#spill);
    }
    if (entry === NO_ENTRY) return NO_ENTRY;
    if (this.cells[entry + LISTENER] !== 0) this.drop(entry);
    this.cells.set(this.#key, entry);
    this.cells[entry + LISTENER] = this.#listener;
    this.cells[entry + SESSIONS] = 0;
    this.cells[entry + SLOT] = 0;
    if (this.#isSpilled(entry)) Atomics.add(this.cells, this.#home + SPILLED, 1);
    return entry;
  }

  /** Gives an entry back that stands for nothing any more. Its bucket is locked. */
  drop(entry: number): void {
    const { cells } = this;
    if (this.#isSpilled(entry)) {
      const listener = cells[entry + LISTENER]!;
      const home = this.#homeOf(
        cells[entry]!,
        cells[entry + 1]!,
        cells[entry + 2]!,
        cells[entry + 3]!,
        listener,
      );
      // Its home is not locked: whoever looks there meanwhile looks here once in vain.
      Atomics.sub(cells, home + SPILLED, 1);
    }
    cells[entry + LISTENER] = 0;
  }

  #isSpilled(entry: number): boolean {
    return entry >= this.#homes * BUCKET_CELLS;
  }

  #homeOf(w0: number, w1: number, w2: number, w3: number, listener: number): number {
    return bucketOf(this.#hash.hash(w0, w1, w2, w3, listener), this.#homes) * BUCKET_CELLS;
  }

  #findIn(bucket: number): number {
    const cells = this.cells;
    const key = this.#key;
    for (let entry = bucket + ENTRY_CELLS; entry < bucket + BUCKET_CELLS; entry += ENTRY_CELLS) {
      if (
        cells[entry + LISTENER] === this.#listener &&
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

  #lockSpill(): void {
    if (!this.#locksSpill) this.#lockBucket(this.#spill);
    this.#locksSpill = true;
  }

  #lockBucket(bucket: number): void {
    // Held for some tens of nanoseconds, by code that can't throw: spinning is right.
    while (Atomics.compareExchange(this.cells, bucket, 0, 1) !== 0);
  }

  #setKey(ip: Uint8Array): void {
    const key = this.#key;
    const v4 = ip.length === 4;
    for (let word = 0; word < 4; word++) {
      const at = v4 ? 0 : word * 4;
      key[word] = (ip[at]! << 24) | (ip[at + 1]! << 16) | (ip[at + 2]! << 8) | ip[at + 3]!;
    }
    if (v4) {
      key[0] = 0;
      key[1] = 0;
      key[2] = 0xffff;
    }
    const mapped = key[0] === 0 && key[1] === 0 && key[2] === 0xffff;
    const mask = mapped ? this.#masks.v4 : this.#masks.v6;
    for (let word = 0; word < 4; word++) key[word]! &= mask[word]!;
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

/** Which of so many buckets a hash means: any number of them, and none more often than others. */
function bucketOf(hash: number, buckets: number): number {
  return Math.floor(((hash >>> 0) / 2 ** 32) * buckets);
}

/** So many leading ones in 128 bits. */
function maskOf(bits: number): Int32Array {
  return Int32Array.from({ length: 4 }, (_, word) => {
    const ones = Math.min(Math.max(bits - 32 * word, 0), 32);
    return ones === 0 ? 0 : -1 << (32 - ones);
  });
}
