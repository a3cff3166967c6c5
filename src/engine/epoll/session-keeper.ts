import type { EpollSession } from './epoll-session.ts';

/** Who has the sessions of a listener. */
export interface SessionKeeper {
  /** Called once, when both descriptors are as good as closed. */
  ended(session: EpollSession): void;
}
