import { type IpSet, ipSetHas } from '../address/ip-set.ts';

/** `own`: an address of this host. `shared`: one of broadcast, multicast or anycast. */
export type HostAddress = 'own' | 'shared';

/** Words for both sets: 8192 ranges of 8 words. A host has a handful of ranges. */
const ROOM = 8192 * 8;
/** Lengths of the two sets, then their ranges. */
const HALF = 2 + ROOM;

/** Two halves, and a word that says which one is in force. Untouched pages cost no memory. */
export const HOST_CELLS = 1 + 2 * HALF;

/**
 * The addresses of this host, shared by all threads: one writer, in the control plane; listeners that present
 * transparently read. Both sets are swapped at once. Until they are known every address is `shared`, so that no client is
 * admitted.
 */
export class HostAddresses {
  readonly #cells: Uint32Array;
  #generation = 0;
  #own: IpSet = new Uint32Array(0);
  #shared: IpSet = new Uint32Array(0);

  constructor(cells: Uint32Array) {
    this.#cells = cells;
  }

  /** For one writer. False, and nothing changes, if there are more ranges than fit. */
  replace(own: IpSet, shared: IpSet): boolean {
    if (own.length + shared.length > ROOM) return false;
    const generation = Atomics.load(this.#cells, 0) + 1;
    const at = halfOf(generation);
    this.#cells[at] = own.length;
    this.#cells[at + 1] = shared.length;
    this.#cells.set(own, at + 2);
    this.#cells.set(shared, at + 2 + own.length);
    Atomics.store(this.#cells, 0, generation);
    return true;
  }

  /** Whether the address (4 or 16 bytes) belongs to this host, and how; null if it does not. */
  kindOf(ip: Uint8Array): HostAddress | null {
    this.#look();
    if (this.#generation === 0 || ipSetHas(this.#shared, ip)) return 'shared';
    return ipSetHas(this.#own, ip) ? 'own' : null;
  }

  #look(): void {
    const generation = Atomics.load(this.#cells, 0);
    if (generation === this.#generation) return;
    this.#generation = generation;
    const at = halfOf(generation);
    const own = at + 2 + this.#cells[at]!;
    this.#own = this.#cells.subarray(at + 2, own);
    this.#shared = this.#cells.subarray(own, own + this.#cells[at + 1]!);
  }
}

function halfOf(generation: number): number {
  return 1 + (generation & 1) * HALF;
}
