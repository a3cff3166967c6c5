import { unmapped } from '../address/v4-mapped.ts';

/**
 * A prime, so that the walk of each endpoint visits every cell. 655 cells for each of 100 endpoints keep the share of
 * clients that move without need small (Eisenbud et al., "Maglev", NSDI 2016, §3.4).
 */
export const HASH_CELLS = 65_537;
/** Indexes have 16 bits, so further endpoints get no cell. The shared table of endpoints has no more slots either. */
const MOST_ENDPOINTS = 65_536;

const OFFSET_SEED = 1;
const SKIP_SEED = 2;
const CLIENT_SEED = 3;

/**
 * The Maglev table of these endpoints: for each cell, the index of its endpoint in the given list, in memory that threads
 * share. The endpoints take cells in turn, in the order of their texts, each along its own walk. So their numbers of cells
 * differ by at most one, and every edge that knows the same texts builds the same table.
 *
 *     offset = hash(text, 1) mod 65,537      skip = hash(text, 2) mod 65,536 + 1
 *     walk   = offset, offset + skip, offset + 2·skip, …   (mod 65,537), taking the first cell that is free
 */
export function buildHashTable(endpoints: readonly { readonly text: string }[]): Uint16Array {
  const table = new Uint16Array(new SharedArrayBuffer(2 * HASH_CELLS));
  const order = orderOf(endpoints);
  const count = order.length;
  if (count === 0) return table;
  const at = new Int32Array(count);
  const skip = new Int32Array(count);
  for (let turn = 0; turn < count; turn++) {
    const text = Buffer.from(endpoints[order[turn]!]!.text);
    at[turn] = hashBytes(text, OFFSET_SEED) % HASH_CELLS;
    skip[turn] = (hashBytes(text, SKIP_SEED) % (HASH_CELLS - 1)) + 1;
  }
  const taken = new Uint8Array(HASH_CELLS);
  for (let filled = 0, turn = 0; filled < HASH_CELLS; filled++, turn = (turn + 1) % count) {
    let cell = at[turn]!;
    while (taken[cell] === 1) cell = (cell + skip[turn]!) % HASH_CELLS;
    taken[cell] = 1;
    table[cell] = order[turn]!;
    at[turn] = (cell + skip[turn]!) % HASH_CELLS;
  }
  return table;
}

/** The cell of a client (4 or 16 bytes, v4-mapped counting as IPv4): hash(bytes, 3) mod 65,537. */
export function hashCell(client: Uint8Array): number {
  return hashClient(client) % HASH_CELLS;
}

/** The hash of a client: 32 bits. */
export function hashClient(client: Uint8Array): number {
  return hashBytes(unmapped(client), CLIENT_SEED);
}

/** One hash of two. */
export function mixHashes(one: number, other: number): number {
  return finish(one ^ Math.imul(other, 0x9e3779b1));
}

/**
 * A 32-bit hash: FNV-1a with a basis changed by `seed`, then the finalizer of MurmurHash3, so that similar inputs
 * (10.0.0.1, 10.0.0.2) differ in every bit with equal chance. It is not keyed: every Herald computes the same number.
 */
export function hashBytes(bytes: Uint8Array, seed: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return finish(hash);
}

function finish(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The indexes in the order of the texts, compared by code units, which is the same in every locale. */
function orderOf(endpoints: readonly { readonly text: string }[]): number[] {
  const order = Array.from({ length: Math.min(endpoints.length, MOST_ENDPOINTS) }, (_, index) => index);
  return order.sort((a, b) => (endpoints[a]!.text < endpoints[b]!.text ? -1 : 1));
}
