import type { Endpoint, Snapshot } from './snapshot.ts';

/** The endpoints that sessions are shared out among, until what is usable changes: then there is another ring. */
export class Ring {
  readonly snapshot: Snapshot;
  readonly endpoints: readonly Endpoint[];
  readonly size: number;
  /** By slot; made when it is first asked for, as most ways of balancing never do. */
  #positions: Map<number, number> | null = null;

  constructor(snapshot: Snapshot, endpoints: readonly Endpoint[]) {
    this.snapshot = snapshot;
    this.endpoints = endpoints;
    this.size = endpoints.length;
  }

  /** Where the endpoint with this slot stands; -1 where it does not. */
  position(slot: number): number {
    this.#positions ??= new Map(this.endpoints.map((endpoint, at) => [endpoint.slot, at]));
    return this.#positions.get(slot) ?? -1;
  }
}
