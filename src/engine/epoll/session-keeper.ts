import type { Ledger } from '../../session/ledger.ts';
import type { PlaceWait } from '../../session/place-wait.ts';

/** A session, as its keeper knows it. */
export interface KeptSession {
  readonly ledger: Ledger;
  /** Where its keeper has it. */
  place: number;
}

/** Who has the sessions of a listener. */
export interface SessionKeeper<S extends KeptSession> {
  /** Where its clients wait for places among their own sessions. */
  readonly places: PlaceWait;
  /** Called once, when both descriptors are as good as closed. */
  ended(session: S): void;
}
