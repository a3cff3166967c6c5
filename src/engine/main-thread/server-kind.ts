import type { Server, Socket } from 'node:net';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { HeaderReader } from '../../session/header-reader.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import type { PlaceWait } from '../../session/place-wait.ts';

/** An open session with its sockets, as its listener sees it. */
export interface LiveSession {
  readonly ledger: Ledger;
  /** Checks the deadlines. Called often enough to meet each within a tenth of itself. */
  tick(nowMs: number): void;
  /** Ends it with a reset. */
  abort(reason: CloseReason, detail?: string | null): void;
  /** Ends it because its endpoint is gone, with an answer if the protocol has one for that. */
  giveUp(reason: CloseReason): void;
  /** Its listener has closed. A session that ends with its sockets ignores that. */
  leave?(): void;
}

/** What one engine does differently from another in a listener: its server, and how it serves a client. */
export interface ServerKind {
  /** Does not listen yet; its event `connection` has no handler. */
  readonly server: Server;
  /**
   * Serves a client that was admitted. If there is a `reader`, a header comes first. A client with too many sessions waits
   * in `places`. `onEnd` is called once, after the return.
   */
  serve(
    socket: Socket,
    ledger: Ledger,
    reader: HeaderReader | null,
    places: PlaceWait,
    onEnd: (served: LiveSession) => void,
  ): LiveSession;
  /** The pool of these rules is in force now. Also called after the listener has closed, while it has sessions. */
  followPool?(rules: ListenerRules): void;
  /** The listener has closed, and its last session has ended. */
  close?(): void;
}
