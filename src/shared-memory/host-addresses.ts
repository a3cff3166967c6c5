import { type IpSet, ipSetHas } from '../address/ip-set.ts';

/** What an address is to this host: its own, or one that is nobody's (of broadcast, multicast, anycast). */
export type HostAddress = 'own' | 'shared';

/** Words for the ranges of one moment: 8192 of 8 words each, of which a host has a handful. */
const ROOM = 8192 * 8;
/** Lengths of the two sets, then their ranges. */
const HALF = 2 + ROOM;

/** One word says which half is in force. Pages that nobody touches cost no memory. */
export const HOST_CELLS = 1 + 2 * HALF;

/**
 * The addresses of this host, in memory that all threads share: `app` writes, whoever presents clients by their
 * own address reads. They are swapped whole. Before they are known every address is `shared`: nobody is let in.
 */
export class HostAddresses {
  readonly #cells: Uint32Array;
  #generation = 0;
  #own: IpSet = new Uint32Array(0);
  #shared: IpSet = new Uint32Array(0);

  constructor(cells: Uint32Array) {
    this.#cells = cells;
  }

  /** For one writer. False, and nothing changed, where there are more ranges than there is room for. */
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

  /** What the address (4 or 16 bytes) is to this host; null where it is somebody else's. */
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
