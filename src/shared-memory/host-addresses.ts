import { type IpSet, ipSetHas } from '../address/ip-set.ts';

/**
 * `own`: an address of this host. `shared`: one of broadcast, multicast or anycast. `near`: one that is attached to an interface of
 * endpoints of this host, such as that of a pod, so that answers to it would not pass through the host.
 */
export type HostAddress = 'own' | 'shared' | 'near';

/** Words for all sets: 8192 ranges of 8 words. A host has a handful of ranges. */
const ROOM = 8192 * 8;
/** Lengths of the three sets, then their ranges. */
const HEAD = 3;
const HALF = HEAD + ROOM;
const NONE: IpSet = new Uint32Array(0);

/** Two halves, and a word that says which one is in force. Untouched pages cost no memory. */
export const HOST_CELLS = 1 + 2 * HALF;

/**
 * The addresses of this host, shared by all threads: one writer, in the control plane; listeners that present
 * transparently read. All sets are swapped at once. Until they are known every address is `shared`, so that no client is
 * admitted.
 */
export class HostAddresses {
  readonly #cells: Uint32Array;
  #generation = 0;
  #own = NONE;
  #shared = NONE;
  #near = NONE;

  constructor(cells: Uint32Array) {
    this.#cells = cells;
  }

  /** For one writer. False, and nothing changes, if there are more ranges than fit. */
  replace(own: IpSet, shared: IpSet, near: IpSet = NONE): boolean {
    if (own.length + shared.length + near.length > ROOM) return false;
    const generation = Atomics.load(this.#cells, 0) + 1;
    let at = halfOf(generation);
    this.#cells.set([own.length, shared.length, near.length], at);
    at += HEAD;
    for (const set of [own, shared, near]) {
      this.#cells.set(set, at);
      at += set.length;
    }
    Atomics.store(this.#cells, 0, generation);
    return true;
  }

  /** Whether the address (4 or 16 bytes) belongs to this host, and how; null if it does not. The first of `shared`, `own` and `near`. */
  kindOf(ip: Uint8Array): HostAddress | null {
    this.#look();
    if (this.#generation === 0 || ipSetHas(this.#shared, ip)) return 'shared';
    if (ipSetHas(this.#own, ip)) return 'own';
    return ipSetHas(this.#near, ip) ? 'near' : null;
  }

  #look(): void {
    const generation = Atomics.load(this.#cells, 0);
    if (generation === this.#generation) return;
    this.#generation = generation;
    const at = halfOf(generation);
    const ownAt = at + HEAD;
    const sharedAt = ownAt + this.#cells[at]!;
    const nearAt = sharedAt + this.#cells[at + 1]!;
    this.#own = this.#cells.subarray(ownAt, sharedAt);
    this.#shared = this.#cells.subarray(sharedAt, nearAt);
    this.#near = this.#cells.subarray(nearAt, nearAt + this.#cells[at + 2]!);
  }
}

function halfOf(generation: number): number {
  return 1 + (generation & 1) * HALF;
}
