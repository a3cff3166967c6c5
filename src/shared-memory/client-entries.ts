import type { ClientPrefix } from '../plan/plan.ts';
import { type HashKey, SipHash } from './sip-hash.ts';

/**
 * The clients of each listener, in shared memory: a hash table of buckets, each a head and 7 entries of 8 cells.
 *
 *     head   lock | entries that have spilled from here | 6 unused
 *     entry  4 words of address (v4-mapped) | listener + 1 (0: free) | sessions | slot + 1 (0: none) | until when it stays there
 *
 * The last two are `AffinityTable`'s. Seven of eight buckets are the homes of clients. If the home of a client is full of
 * clients with sessions, its entry is in one of the other buckets. Locks are taken in that order, so that no deadlock is
 * possible: the home's for any operation on a client, then the bucket's of its entry to read or write the cells.
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

/** No entry has this number, because a bucket begins with its head. */
export const NO_ENTRY = 0;

/** Each address is one client. */
export const WHOLE_ADDRESS: ClientPrefix = { v4: 32, v6: 128 };

/** The cells of a table for this many clients at once. It has room for twice as many, so that buckets seldom fill. */
export function clientTableCells(clients: number): number {
  if (clients <= 0) return 0;
  const buckets = Math.ceil((Math.min(clients, 1 << 20) * 2) / ENTRIES);
  return 2 ** Math.ceil(Math.log2(buckets)) * BUCKET_CELLS;
}

/** The entries that this thread has made, by the cells of their table. */
const known = new WeakMap<Int32Array, ClientEntries[]>();

/** Entries for all listeners of one thread that have the same `key` and `prefix`: a thread locks one client at a time. */
export function entriesFor(
  cells: Int32Array,
  key: HashKey,
  prefix: ClientPrefix = WHOLE_ADDRESS,
): ClientEntries {
  const all = known.get(cells) ?? [];
  const found = all.find((each) => each.isOf(key, prefix));
  if (found !== undefined) return found;
  const made = new ClientEntries(cells, key, prefix);
  known.set(cells, [...all, made]);
  return made;
}

/** The entries of the table. Safe for several threads at once, as everything happens between `lock` and `unlock`. */
export class ClientEntries {
  readonly cells: Int32Array;
  readonly #of: { readonly key: HashKey; readonly prefix: ClientPrefix };
  readonly #homes: number;
  readonly #spills: number;
  readonly #hash: SipHash;
  readonly #masks: { readonly v4: Int32Array; readonly v6: Int32Array };
  /** The client that is locked: its words, its home, and the bucket that it may have spilled to. */
  readonly #key = new Int32Array(4);
  #listener = 0;
  #home = 0;
  #spill = 0;
  #locksSpill = false;

  /** `key` is the same for all threads and secret, so that nobody can aim at one bucket. */
  constructor(cells: Int32Array, key: HashKey, prefix: ClientPrefix = WHOLE_ADDRESS) {
    const buckets = cells.length / BUCKET_CELLS;
    this.#of = { key, prefix };
    this.cells = cells;
    this.#spills = buckets < 2 ? 0 : Math.max(buckets >> 3, 1);
    this.#homes = buckets - this.#spills;
    this.#hash = new SipHash(key);
    this.#masks = { v4: maskOf(96 + prefix.v4), v6: maskOf(prefix.v6) };
  }

  isOf(key: HashKey, { v4, v6 }: ClientPrefix): boolean {
    const of = this.#of;
    return of.key === key && of.prefix.v4 === v4 && of.prefix.v6 === v6;
  }

  /** Locks a client (4 or 16 bytes of address): `find`, `add` and `unlock` then apply to it. */
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

  /** Locks the bucket of an entry. Returns the argument of `unlockBucket`. */
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
   * A new entry for a client that has none, or `NO_ENTRY` if clients with sessions have all that it may use. If none is
   * free, the client without sessions is forgotten whose affinity ends first, or has ended.
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

  /** Frees an entry. Its bucket has to be locked. */
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
      // Its home is not locked, so a thread that searches there may look into this bucket once in vain.
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
    // Locks are held for some tens of nanoseconds by code that cannot throw, so spinning is cheapest.
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

/** Maps a hash to a bucket, uniformly for any number of buckets. */
function bucketOf(hash: number, buckets: number): number {
  return Math.floor(((hash >>> 0) / 2 ** 32) * buckets);
}

/** A mask of 128 bits with this many leading ones. */
function maskOf(bits: number): Int32Array {
  return Int32Array.from({ length: 4 }, (_, word) => {
    const ones = Math.min(Math.max(bits - 32 * word, 0), 32);
    return ones === 0 ? 0 : -1 << (32 - ones);
  });
}
