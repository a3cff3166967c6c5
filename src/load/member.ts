import type { LoadPlan } from './load-plan.ts';
import type { Measurement } from './measurement.ts';
import type { PlayedClient } from './played-clients.ts';
import type { RequestWriter } from './request-writer.ts';
import type { LoadConnection, Sockets } from './sockets.ts';

/** A connection of a crowd, as the crowd sees it. */
export interface Member {
  /** Called once, before any event of the connection. Null: the client is the socket's own address. */
  opened(connection: LoadConnection, client: PlayedClient | null): void;
  /** Whether it waits for the connect or for an answer. */
  isBusy(): boolean;
  /** Closes the connection; with `count`, an outstanding answer counts as unanswered. */
  abandon(count: boolean): void;
}

/** A crowd, as its members see it. */
export interface MemberOwner {
  readonly plan: LoadPlan;
  readonly sockets: Sockets;
  readonly measurement: Measurement;
  readonly writer: RequestWriter;
  /** A held connection is established, or its connect has failed. */
  settled(connected: boolean): void;
  /** A kept connection has had its answer. */
  idle(member: Member, now: number): void;
  /** A connection is gone; its place is free. */
  left(member: Member): void;
}
