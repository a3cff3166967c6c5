import type { Server, Socket } from 'node:net';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { HeaderReader } from '../../session/header-reader.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import type { PlaceWait } from '../../session/place-wait.ts';

/** A session that is being served, as its listener sees it. */
export interface LiveSession {
  readonly ledger: Ledger;
  /** Ends what has passed its deadline. Called often enough that a deadline is met within a tenth of it. */
  tick(nowMs: number): void;
  /** Ends it by reset. */
  abort(reason: CloseReason, detail?: string | null): void;
  /** Ends it for the want of its endpoint, with a word to the client where its protocol has one. */
  giveUp(reason: CloseReason): void;
  /** Its listener has closed. A session that ends only when its sides do has no use for that. */
  leave?(): void;
}

/** What is an engine's own in one listener. */
export interface ServerKind {
  /** Not listening yet, and without listeners for its connections. */
  readonly server: Server;
  /**
   * Takes over a client that was admitted, who sends what `reader` expects first. `places` is where it waits if it has
   * too many sessions. `onEnd` is called once, later.
   */
  serve(
    socket: Socket,
    ledger: Ledger,
    reader: HeaderReader | null,
    places: PlaceWait,
    onEnd: (served: LiveSession) => void,
  ): LiveSession;
  /** These rules are in force now, and with them their pool; a listener that is left takes no others. */
  followPool?(rules: ListenerRules): void;
  /** The listener is closed, and its last session has ended. */
  close?(): void;
}
