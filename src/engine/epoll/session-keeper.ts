import type { Refusal } from '../../proxy/transparent-rules.ts';
import type { EpollSession } from './epoll-session.ts';

/** Who has the sessions of a listener. */
export interface SessionKeeper {
  /** The client is known, and has to go, or to wait for its place: then `placed` of the session is called, or `abort`. */
  refused(session: EpollSession, refusal: Refusal): void;
  /** Called once, when both descriptors are as good as closed. */
  ended(session: EpollSession): void;
}
