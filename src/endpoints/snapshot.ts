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
}

/** The usable endpoints of one pool at one moment. It is replaced as a whole and never modified. */
export interface Snapshot {
  readonly generation: number;
  readonly endpoints: readonly Endpoint[];
  /** Why `endpoints` is empty, if it is: none is known, none of the known may be used, or none of them on this node. */
  readonly empty: 'no_endpoint' | 'no_ready_endpoint' | 'no_local_endpoint';
  /** Slots of all endpoints that the source knows, if sessions of vanished endpoints are to be ended; else null. */
  readonly known: readonly number[] | null;
  /** For `client-hash`: the Maglev table of indexes into `endpoints`, in shared memory; else null. */
  readonly hashTable: Uint16Array | null;
}
