import { HASH_CELLS, hashCell } from '../maglev.ts';
import type { Ring } from '../ring.ts';
import { NONE_TRIED, type Picker } from './picker.ts';

/** Cells that are looked at: with half of the pool left out, one client in 4 billion finds none. */
const MOST_CELLS = 32;

/**
 * A client's endpoint is that of its cell in the snapshot's Maglev table, for every worker and every edge. Where
 * that one is left out or could not be reached, the next cell decides: its clients go to all the others, and come back
 * with it. A client without an address has its turn.
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
