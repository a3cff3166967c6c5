import type { Endpoint, Snapshot } from '../../src/endpoints/snapshot.ts';

/** A snapshot of these endpoints without anything special. */
export function snapshotOf(endpoints: readonly Endpoint[], parts: Partial<Snapshot> = {}): Snapshot {
  return {
    generation: 1,
    endpoints,
    empty: 'no_endpoint',
    known: null,
    hashTable: null,
    groups: null,
    refusesEmptyShares: false,
    ...parts,
  };
}
