import type { Ledger } from '../../session/ledger.ts';
import type { SessionRefusal } from '../../session/transparent-rules.ts';

/** A session, as its keeper knows it. */
export interface KeptSession {
  readonly ledger: Ledger;
  /** Where its keeper has it. */
  place: number;
}

/** Who has the sessions of a listener. */
export interface SessionKeeper<S extends KeptSession> {
  /** The client is known, and has to go, or to wait for its place: then `placed` of the session is called, or `abort`. */
  refused(session: S, refusal: SessionRefusal): void;
  /** Called once, when both descriptors are as good as closed. */
  ended(session: S): void;
}
