import type { LogLevel } from '../observe/log.ts';
import type { RefusedClient } from '../observe/refusals.ts';
import type { HopFacts, NodePresents } from '../observe/scrape-input.ts';
import type { SessionInfo } from '../plan/engine.ts';

/** What the probes read. */
export interface ProbeState {
  /** Ready without a listener: no object of the cluster asks for one yet. Default: false. */
  readonly mayBeEmpty?: boolean;
  /** Every listener has been opened. */
  opened(): boolean;
  /** Every listener has been opened, and every source of endpoints has answered once. */
  started(): boolean;
  /** Each listener of the configuration. */
  listenersOpen(): readonly { readonly name: string; readonly open: boolean }[];
  /** From the first sign of a drain. */
  draining(): boolean;
  /** Every thread answers. One that does not answer in time is not alive. */
  alive(): boolean | Promise<boolean>;
}

/** A failure, and when it happened. */
export interface FailureNote {
  /** A row of the table of close reasons, or of connect failures. */
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
  /** Milliseconds before now. */
  readonly ms: number;
}

/** `atMs` and `nowMs` are times of the engines' monotonic clock. */
export function failureNote(reason: string, atMs: number, nowMs: number): FailureNote {
  const ms = Math.max(Math.round(nowMs - atMs), 0);
  return { reason, ms, at: new Date(Date.now() - ms).toISOString() };
}

export interface ListenerStatus {
  readonly name: string;
  /** The object of the cluster that it is for; null: none. */
  readonly object: string | null;
  readonly address: string;
  readonly present: string;
  readonly expect: string;
  readonly sessions: number;
  readonly limit: number;
  readonly opened: number;
  readonly refused: number;
  /** Sessions that failed without being refused, and the last of them. */
  readonly failed: number;
  readonly lastError: FailureNote | null;
  /** Who gets which share of new sessions. Absent if all endpoints are alike. */
  readonly shares?: readonly ShareStatus[];
}

/** One destination of a listener, or one record of an SRV name. */
interface ShareStatus {
  readonly name: string;
  readonly weight: number;
  readonly backup: boolean;
  /** How many endpoints may be used, whether they are ejected or not. With 0 the share is refused, or left to the others. */
  readonly endpoints: number;
}

/** `/status` */
export interface Status {
  readonly version: string;
  /** The process that a signal goes to. */
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly state: 'starting' | 'serving' | 'draining';
  readonly engine: string;
  /** By family, whether this node presents clients to endpoints that are not on loopback (`transparent`). Absent if nothing needs it. */
  readonly presents?: readonly NodePresents[];
  /** Of a gateway with objects that are served transparently. */
  readonly hops?: HopFacts;
  readonly listeners: readonly ListenerStatus[];
}

interface EndpointStatus {
  readonly address: string;
  readonly node: string | null;
  readonly zone: string | null;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Traffic policy allows it, and it is not ejected. */
  readonly usable: boolean;
  /** Where the Herald listens that carries clients on to it (`transparent`). Absent: it is dialed itself. */
  readonly hop?: string;
  /** Why `transparent` does not use it: it is on another node that no hop serves, or this node cannot present clients. Else absent. */
  readonly reach?: 'elsewhere' | 'incapable';
  /** Left out because connects failed, or because its health checks do. */
  readonly ejected: boolean;
  /** It is ejected because its health checks fail. */
  readonly down: boolean;
  /** Its connects fail, but it is not ejected: `--eject-max` of the pool are ejected already, or `--eject-after` is 0. */
  readonly failing: boolean;
  readonly sessions: number;
  /** Its share as it was written, and whether it is a backup. Absent if all endpoints of the pool are alike. */
  readonly weight?: number;
  readonly backup?: boolean;
  /** Failed connects, of sessions and health checks, and the last of them. */
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

/** What the admin address serves. Every value is sent as JSON without further changes. */
export interface AdminState {
  status(): Status;
  endpoints(): readonly PoolStatus[];
  sessions(limit: number): Promise<readonly SessionInfo[]>;
  refused(): readonly RefusedClient[];
  /** Sessions of all listeners that failed without being refused, and the last of them. */
  failed(): { readonly sessions: number; readonly lastError: FailureNote | null };
  config(): unknown;
  setLogLevel(level: LogLevel): void;
}
