/** The Herald on the node of an endpoint, which carries a session on to that endpoint. */
export interface Hop {
  /** 4 or 16 bytes; not always of the endpoint's family. */
  readonly ip: Uint8Array;
  readonly port: number;
}

/**
 * One endpoint as every thread sees it: plain, structured-clonable data. `slot` is its row in the shared endpoint table;
 * it belongs to this endpoint as long as a snapshot or a session uses it.
 */
export interface Endpoint {
  readonly slot: number;
  /** 4 or 16 bytes; empty if `path` names a unix socket. */
  readonly ip: Uint8Array;
  /** 0 for a unix socket. */
  readonly port: number;
  /** The path of a unix socket, else null. */
  readonly path: string | null;
  /** `1.2.3.4:80`, `[::1]:80` or `unix:/path`, formatted once, for logs and tables. */
  readonly text: string;
  /** Absent: it is dialed itself. */
  readonly hop?: Hop;
}

/**
 * Endpoints that share a weight: those of one destination, or of one record of it. Plain, structured-clonable data. Groups of
 * weight 0 are left out of snapshots.
 */
export interface EndpointGroup {
  /** The name of the destination, for which a client is hashed; no other group of the snapshot has it. */
  readonly name: string;
  /** Its share of new sessions, in relation to the other groups of its tier. Positive, and not always a whole number. */
  readonly weight: number;
  /** A group is used only while no group of a lower tier has a usable endpoint. */
  readonly tier: number;
  /** Indexes into the `endpoints` of the snapshot. An endpoint may be a member of several groups. */
  readonly members: Uint16Array;
  /** Why the group is empty, if it is. */
  readonly empty: Snapshot['empty'];
  /** For `client-hash`: the Maglev table of indexes into `members`, if there are several; else null. */
  readonly hashTable: Uint16Array | null;
}

/** The usable endpoints of one pool at one moment. It is replaced as a whole and never modified. */
export interface Snapshot {
  readonly generation: number;
  readonly endpoints: readonly Endpoint[];
  /**
   * Why `endpoints` is empty, if it is: none is known, none of the known may be used, none of them is on this node, or (`transparent`)
   * none is on a node that can present clients.
   */
  readonly empty: 'no_endpoint' | 'no_ready_endpoint' | 'no_local_endpoint' | 'no_capable_node';
  /** Slots of all endpoints that the source knows, if sessions of vanished endpoints are to be ended; else null. */
  readonly known: readonly number[] | null;
  /** For `client-hash` without groups: the Maglev table of indexes into `endpoints`, in shared memory; else null. */
  readonly hashTable: Uint16Array | null;
  /** The shares of sessions; null: all endpoints are one group, and sessions are balanced over them. */
  readonly groups: readonly EndpointGroup[] | null;
  /** Whether a group without an endpoint refuses its share of the sessions; else the other groups get it. */
  readonly refusesEmptyShares: boolean;
}
