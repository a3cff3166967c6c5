import type { Endpoint, Snapshot } from './snapshot.ts';

/** The endpoints that sessions are distributed over. It never changes: when other endpoints are usable, a new ring is made. */
export class Ring {
  readonly snapshot: Snapshot;
  readonly endpoints: readonly Endpoint[];
  readonly size: number;
  /** Position by slot. Made on first use, because most ways of balancing never need it. */
  #positions: Map<number, number> | null = null;

  constructor(snapshot: Snapshot, endpoints: readonly Endpoint[]) {
    this.snapshot = snapshot;
    this.endpoints = endpoints;
    this.size = endpoints.length;
  }

  /** The position of the endpoint with this slot, or -1. */
  position(slot: number): number {
    this.#positions ??= new Map(this.endpoints.map((endpoint, at) => [endpoint.slot, at]));
    return this.#positions.get(slot) ?? -1;
  }
}
