import type { Endpoint, Hop } from '../../endpoints/snapshot.ts';

/**
 * The hops of a snapshot's endpoints as they are posted to a thread. Endpoints of one node have one hop, so each hop is there once.
 */
export interface PackedHops {
  readonly hops: readonly Hop[];
  /** For each endpoint: 0 if it has none, else 1 more than the index of its hop. A cluster has fewer than 65,535 nodes. */
  readonly indexes: Uint16Array;
}

/** Null if no endpoint has a hop. */
export function packHops(endpoints: readonly Endpoint[]): PackedHops | null {
  if (endpoints.every(({ hop }) => hop === undefined)) return null;
  const hops: Hop[] = [];
  const known = new Map<string, number>();
  const indexes = Uint16Array.from(endpoints, ({ hop }) => {
    if (hop === undefined) return 0;
    const text = `${hop.ip.join()} ${hop.port}`;
    const index = known.get(text) ?? hops.push({ ip: hop.ip, port: hop.port });
    known.set(text, index);
    return index;
  });
  return { hops, indexes };
}

/** The hop of the endpoint at this index: all endpoints of a node share one object. */
export function hopAt(packed: PackedHops | null, index: number): Hop | undefined {
  return packed?.hops[packed.indexes[index]! - 1];
}
