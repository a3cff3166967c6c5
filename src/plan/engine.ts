import type { ListenAddress, Plan, Presentation } from './plan.ts';

/** A listener that is open, with the port that it really has. */
export interface OpenListener {
  readonly id: number;
  readonly name: string;
  readonly address: ListenAddress;
}

/** One open session, as `herald sessions` shows it. Times are milliseconds. */
export interface SessionInfo {
  readonly listener: string;
  readonly session: string;
  readonly phase: SessionPhase;
  readonly client: string | null;
  readonly via: string | null;
  readonly endpoint: string | null;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly bytesToEndpoint: number;
  readonly bytesToClient: number;
}

export type SessionPhase = 'header' | 'connect' | 'relay';

/**
 * What moves connections. All that crosses this seam is plain data, because the other side may be
 * another thread. Start and reload are both `apply`.
 */
export interface Engine {
  /** Of an engine that is made of others: theirs, joined by `+`. */
  readonly name: string;
  /** How it can present a client. */
  readonly presentations: readonly Presentation[];
  /** Worker threads that it has, with rows of the shared state from 0 on; without any the thread that called serves. */
  readonly threads: number;
  /** True while the thread that called serves connections itself. */
  readonly servesInMainThread: boolean;
  /**
   * Whether it accepts as many clients a turn of its loop as wait. One that does not takes one: under load others wait
   * in the queue for as many turns as there are before them.
   */
  readonly acceptsInBatches: boolean;
  /**
   * Opens, changes and closes listeners until they are those of the plan; sessions stay. Rejects with
   * a `StartError` where a port can't be bound, and then leaves what was open as it was.
   */
  apply(plan: Plan): Promise<readonly OpenListener[]>;
  /** Serves what waits in the queues, closes every listener, and resolves when the last session has ended. */
  drain(): Promise<void>;
  /** Resets every session, closes everything; resolves when nothing is left open. */
  stop(reason: 'drain_timeout' | 'stopped'): Promise<void>;
  /** At most `limit` open sessions, oldest first. */
  sessions(limit: number): Promise<readonly SessionInfo[]>;
  /** Resolves once every thread has answered; with false where one is gone. */
  alive(): Promise<boolean>;
}
