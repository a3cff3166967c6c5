import { HASH_CELLS, hashCell } from '../maglev.ts';
import type { Ring } from '../ring.ts';
import { NONE_TRIED, type Picker } from './picker.ts';

/** Cells to try: if half of the pool is left out, one client in 4 billion (2^32) finds no endpoint in them. */
const MOST_CELLS = 32;

/**
 * Consistent hashing: a client's endpoint is that of its cell in the snapshot's Maglev table, the same for every worker
 * and every edge. If that endpoint is left out or unreachable, the next cell decides, so that its clients spread over all
 * others and return when it does. Clients without an address are balanced by `others`.
 */
export class ClientHash implements Picker {
  readonly #others: Picker;

  /** `others` picks for clients without an address. */
  constructor(others: Picker) {
    this.#others = others;
  }

  pick(ring: Ring, client: Uint8Array | null, tried = NONE_TRIED): number {
    if (client === null) return this.#others.pick(ring, client, tried);
    const { hashTable, endpoints } = ring.snapshot;
    const first = hashCell(client);
    const cells = hashTable === null ? 0 : MOST_CELLS;
    for (let step = 0; step < cells; step++) {
      const index = hashTable![(first + step) % HASH_CELLS]!;
      const at = ring.position(endpoints[index]!.slot);
      if (at >= 0 && !tried.has(at)) return at;
    }
    let at = first % ring.size;
    while (tried.has(at)) at = (at + 1) % ring.size;
    return at;
  }

  changed(): void {}
}
