import type { CloseReason } from './close-reason.ts';

/** How one session ended: plain data, made only for sessions that the log or the list of refusals shows. */
export interface SessionRecord {
  readonly listener: string;
  /** Escaped text. If unique ids are sent, the next Herald has the same one. */
  readonly session: string;
  /** `address:port`, or `unix`; null if the client had gone before its address could be read. */
  readonly client: string | null;
  /** The peer, if it is not the client. */
  readonly via: string | null;
  readonly endpoint: string | null;
  readonly reason: CloseReason;
  /** A code that adds to the reason: one of the parser (`v2_family`), or an errno. */
  readonly detail: string | null;
  /** Wall clock of the accept, milliseconds since 1970. */
  readonly at: number;
  readonly ms: number;
  readonly headerMs: number | null;
  readonly connectMs: number | null;
  readonly attempts: number;
  readonly bytesToEndpoint: number;
  readonly bytesToClient: number;
  /** Version of the received header; 0: none. */
  readonly header: 0 | 1 | 2;
  /** Those TLVs of the received header that the log shows: name or type, and escaped text. */
  readonly tlvs: readonly { readonly name: string; readonly text: string }[];
  /** The first bytes of a refused client, at most 64; null for all others. */
  readonly firstBytes: Uint8Array | null;
}

/**
 * Gets what engines saw, in batches: never one call a session. Counters need no call, they lie in the shared state.
 * `dropped` is the number of records that did not fit into a batch.
 */
export interface SessionObserver {
  records(batch: readonly SessionRecord[], dropped: number): void;
  /** An error that belongs to no session: of an accept, or a bug that was caught. */
  fault(listener: string | null, message: string, error: unknown): void;
}
