import type { LoadFailure } from './failures.ts';
import type { LoadPlan } from './load-plan.ts';
import type { PlayedClient } from './played-clients.ts';
import type { Samples } from './samples.ts';
import type { Sight } from './saw-client.ts';
import type { LoadConnection, Sockets } from './sockets.ts';

/** A connection of a crowd, as the crowd knows it. */
export interface Member {
  opened(connection: LoadConnection, client: PlayedClient | null): void;
  isBusy(): boolean;
  /** Closes, and counts an answer that is outstanding as one that never came. */
  abandon(count: boolean): void;
}

/** A crowd, as its members know it. Times are microseconds of the sockets' clock; `due`: when it should have begun. */
export interface MemberOwner {
  readonly plan: LoadPlan;
  readonly sockets: Sockets;
  readonly samples: Samples;
  /** Whether what should have begun then belongs to the measurement. */
  measures(due: number): boolean;
  /** Counts what happens now, where that is within the measurement. */
  count(what: number, now: number, by?: number): void;
  connected(now: number): void;
  /** One of those who are held has connected, or failed to. */
  settled(connected: boolean): void;
  failed(due: number, failure: LoadFailure): void;
  verified(due: number, sight: Sight): void;
  /** An answer has come whole, and is no error. */
  answered(due: number): void;
  /** Puts the client's header at the start of the output; gives its length. */
  putHeader(client: PlayedClient | null): number;
  /** Puts the request behind it; gives the length of both. */
  putRequest(at: number): number;
  /** A kept connection has had its answer. */
  idle(member: Member, now: number): void;
  /** A connection is gone: its place is free. */
  left(member: Member): void;
}
