import type { Dialer } from './attempt.ts';
import type { BrokenSide } from './broken-side.ts';
import type { PlaceWait } from './place-wait.ts';

/**
 * What a course wants of the engine that carries it on real connections. Each is a plain call, made while an event is handled; the
 * engine may answer with the next event before it returns.
 */
export interface SessionCarrier extends Dialer {
  /** Where a client waits for its place among its own sessions. */
  readonly places: PlaceWait;
  /** It can tell whether a peer still acknowledges what it is sent: then `findLost` is called now and then. */
  readonly findsLost: boolean;
  /** The client has its place. An endpoint is dialed next. */
  placed(): void;
  /**
   * These bytes of the client, good for the call, are the endpoint's: behind the header if it is not connected yet. `over`: the
   * client's first bytes are decided, and all that follow are the endpoint's too. They may be none.
   */
  carry(bytes: Uint8Array, over: boolean): void;
  /** An endpoint is reached: the header is sent (`presentation_failed` if it cannot be written), and both sides relay. */
  relay(): void;
  /** One side has broken: the other is given what was under way, and told by `farewell`; then both are closed. */
  partFrom(broken: BrokenSide): void;
  /** Keepalive is to be set on all connections that there are. */
  keepAlive(): void;
  /** Looks whether a peer is lost, and tells of one by `broke`. */
  findLost(nowMs: number): void;
  /** All connections are to be reset at once, whatever they are doing; `closed` is called when that is done. */
  reset(): void;
  /** `expired` is to be called at this time, and at no other. Infinity: at none. */
  wakeAt(atMs: number): void;
}
