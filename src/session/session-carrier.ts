import type { Dialer } from './attempt.ts';
import type { BrokenSide } from './broken-side.ts';
import type { PlaceWait } from './place-wait.ts';

/**
 * What a course needs from the engine that carries it on real connections. All are synchronous calls, made while an event is handled.
 * The engine may report the next event before such a call returns.
 */
export interface SessionCarrier extends Dialer {
  /** Where a client waits for a place within its own limit. */
  readonly places: PlaceWait;
  /** True if the engine can tell whether a peer still acknowledges what it is sent. Then `findLost` is called regularly. */
  readonly findsLost: boolean;
  /** The client has its place; a dial follows. */
  placed(): void;
  /**
   * Bytes of the client, possibly none, for the endpoint; if that is not connected yet, they follow the header. The buffer is valid
   * during the call. `over`: the client's first bytes are decided, so all later bytes go to the endpoint directly.
   */
  carry(bytes: Uint8Array, over: boolean): void;
  /** An endpoint is reached: send the header (`presentation_failed` if it cannot be written) and start the relay. */
  relay(): void;
  /** One side has broken: deliver to the other what was in transit, close it as `farewell` says, then close both. */
  partFrom(broken: BrokenSide): void;
  /** Set keepalive on all open connections. */
  keepAlive(): void;
  /** Check whether a peer is lost, and report that by `broke`. */
  findLost(nowMs: number): void;
  /** Reset all connections at once, and call `closed` when that is done. */
  reset(): void;
  /** Call `expired` at this time and at no other. Infinity: never. */
  wakeAt(atMs: number): void;
}
