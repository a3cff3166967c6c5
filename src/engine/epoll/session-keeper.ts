import type { Ledger } from '../../session/ledger.ts';
import type { PlaceWait } from '../../session/place-wait.ts';

/** A session, as its keeper knows it. */
export interface KeptSession {
  readonly ledger: Ledger;
  /** Its index at its keeper. */
  place: number;
}

/** Holds the sessions of a listener. */
export interface SessionKeeper<S extends KeptSession> {
  /** Where clients wait for places within their own limits. */
  readonly places: PlaceWait;
  /** Called once, when both descriptors are closed or about to be. */
  ended(session: S): void;
}
