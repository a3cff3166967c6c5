import type { Endpoint, Snapshot } from './snapshot.ts';

/** Endpoints with their table for `client-hash`: those of a whole snapshot, or of one destination. */
export type HashedEndpoints = Pick<Snapshot, 'endpoints' | 'hashTable'>;

/** The endpoints that sessions are distributed over. It never changes: when other endpoints are usable, a new ring is made. */
export class Ring {
  readonly snapshot: HashedEndpoints;
  readonly endpoints: readonly Endpoint[];
  readonly size: number;
  /** Position by slot. Made on first use, because most ways of balancing never need it. */
  #positions: Map<number, number> | null = null;

  constructor(snapshot: HashedEndpoints, endpoints: readonly Endpoint[]) {
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
