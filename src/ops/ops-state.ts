import type { LogLevel } from '../observe/log.ts';
import type { RefusedClient } from '../observe/refusals.ts';
import type { SessionInfo } from '../plan/engine.ts';

/** What probes ask: the state of the process in yes and no. */
export interface ProbeState {
  /** Every listener was open once. */
  opened(): boolean;
  /** And every source of endpoints has answered once. */
  started(): boolean;
  /** Every listener of the configuration. */
  listenersOpen(): readonly { readonly name: string; readonly open: boolean }[];
  /** From the first sign of a drain. */
  draining(): boolean;
  /** Every thread turns. What does not answer in time is not alive. */
  alive(): boolean | Promise<boolean>;
}

/** What failed, and how long ago. */
export interface FailureNote {
  /** Of the table of reasons. */
  readonly reason: string;
  /** ISO 8601, and the same as milliseconds before now. */
  readonly at: string;
  readonly ms: number;
}

export interface ListenerStatus {
  readonly name: string;
  readonly address: string;
  readonly present: string;
  readonly expect: string;
  readonly sessions: number;
  readonly limit: number;
  readonly opened: number;
  readonly refused: number;
  /** Sessions that ended in a failure that is no client's doing, and the last of them. */
  readonly failed: number;
  readonly lastError: FailureNote | null;
}

/** `/status` */
export interface Status {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly state: 'starting' | 'serving' | 'draining';
  readonly engine: string;
  readonly listeners: readonly ListenerStatus[];
}

interface EndpointStatus {
  readonly address: string;
  readonly node: string | null;
  readonly zone: string | null;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** What traffic policy leaves to pick from, but for those that are ejected. */
  readonly usable: boolean;
  /** Left out for failed connects, or by its checks. */
  readonly ejected: boolean;
  /** Of one that is ejected: its checks hold it to be down. */
  readonly down: boolean;
  /** It is to be left out for its failures, and stays in the pick: `--eject-max` are left out already, or nobody ever is. */
  readonly failing: boolean;
  readonly sessions: number;
  /** Failed connects of sessions and checks, and the last of them. */
  readonly fails: number;
  readonly lastFailure: FailureNote | null;
}

export interface PoolStatus {
  readonly listener: string;
  readonly source: string;
  readonly policy: string;
  readonly node: string | null;
  readonly zone: string | null;
  readonly synced: boolean;
  /** Sorted by address. */
  readonly endpoints: readonly EndpointStatus[];
}

/** What an operator asks on the admin address. All of it becomes JSON as it is. */
export interface AdminState {
  status(): Status;
  endpoints(): readonly PoolStatus[];
  sessions(limit: number): Promise<readonly SessionInfo[]>;
  refused(): readonly RefusedClient[];
  /** Sessions of all listeners that failed without having been refused, and the last of them. */
  failed(): { readonly sessions: number; readonly lastError: FailureNote | null };
  config(): unknown;
  setLogLevel(level: LogLevel): void;
}
