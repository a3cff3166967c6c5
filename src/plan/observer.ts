import type { CloseReason } from './close-reason.ts';

/** How one session ended: plain data, made only for sessions that a log or the list of refusals wants. */
export interface SessionRecord {
  readonly listener: string;
  /** Id that the next Herald sees too, where unique ids are sent. Escaped text. */
  readonly session: string;
  /** `address:port`, or `unix`; null where a client was gone before anybody could ask who it was. */
  readonly client: string | null;
  /** The peer, where it is not the client. */
  readonly via: string | null;
  readonly endpoint: string | null;
  readonly reason: CloseReason;
  /** A code that says more than the reason: of the parser (`v2_family`) or an errno. */
  readonly detail: string | null;
  /** Wall clock of the accept, milliseconds since 1970. */
  readonly at: number;
  readonly ms: number;
  readonly headerMs: number | null;
  readonly connectMs: number | null;
  readonly attempts: number;
  readonly bytesToEndpoint: number;
  readonly bytesToClient: number;
  /** Version of the header that came in; 0 where none did. */
  readonly header: 0 | 1 | 2;
  /** TLVs of the header that came in, as far as the log wants them: name or type, and escaped text. */
  readonly tlvs: readonly { readonly name: string; readonly text: string }[];
  /** At most 64 first bytes of a refused client, else null. */
  readonly firstBytes: Uint8Array | null;
}

/**
 * Takes what engines saw, in batches: never a call a session. Counters need no call at all: they lie
 * in the shared state. `dropped` counts records that did not fit into a batch.
 */
export interface SessionObserver {
  records(batch: readonly SessionRecord[], dropped: number): void;
  /** Something went wrong that is no session's: an accept error, a bug that was caught. */
  fault(listener: string | null, message: string, error: unknown): void;
}
