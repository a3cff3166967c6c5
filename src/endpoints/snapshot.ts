/**
 * One endpoint as every thread sees it: plain, structured-clonable data. `slot` is its row of the
 * shared endpoint table and stays its own for as long as a snapshot or a session holds it.
 */
export interface Endpoint {
  readonly slot: number;
  /** 4 or 16 bytes; empty where `path` names a unix socket. */
  readonly ip: Uint8Array;
  /** 0 for a unix socket. */
  readonly port: number;
  /** The path of a unix socket, else null. */
  readonly path: string | null;
  /** `1.2.3.4:80`, `[::1]:80` or `unix:/path`: made once, for logs and tables. */
  readonly text: string;
}

/** The endpoints of one pool at one moment, usable ones only. It is swapped whole, never changed. */
export interface Snapshot {
  readonly generation: number;
  readonly endpoints: readonly Endpoint[];
  /** Why `endpoints` is empty where it is: nothing is known, nothing known may be used, or nothing on this node. */
  readonly empty: 'no_endpoint' | 'no_ready_endpoint' | 'no_local_endpoint';
  /** Slots of all that the source knows, where sessions of those that have vanished are to end; else null. */
  readonly known: readonly number[] | null;
  /** `client-hash`: the Maglev table, indexes into `endpoints`, in memory that threads share; else null. */
  readonly hashTable: Uint16Array | null;
}
