import type { KnownEndpoint } from './known-endpoint.ts';

/**
 * How an endpoint gets sessions from their clients' addresses (`--present transparent`). `direct`: this node dials it, because its
 * answers pass through this node. `incapable`: it would be direct, but this node was seen to lose its answers. `elsewhere`: its answers
 * would go to the clients without passing through this node.
 */
export type EndpointReach = 'direct' | 'incapable' | 'elsewhere';

/** How this node reaches endpoints for `--present transparent`, as it is known now. */
export interface NodeReach {
  /**
   * Endpoints with the name of a node are judged by it, others by the routes of this host. An address of this host that is not on
   * loopback is elsewhere: its answers come in by no interface. A node that is still to prove itself is not `incapable`. Never throws.
   */
  of(endpoint: Pick<KnownEndpoint, 'ip' | 'node'>): EndpointReach;
}

/** What a node has proven, for those who tell others of it. */
export interface NodeCapability {
  /** Why this node cannot present clients of a family (4 or 6): one sentence; null: it can, or it is not asked to prove it. */
  fault(family: 4 | 6): string | null;
  /** Whether a `fault` only says that nothing has been tried yet, and this is about to change. */
  isPending(family: 4 | 6): boolean;
  /** Called whenever a `fault`, or the reach of an endpoint, may have become another. */
  changed(listener: () => void): void;
}
