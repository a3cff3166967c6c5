import type { SessionInfo } from '../proxy/engine.ts';
import type { LogLevel } from './log.ts';
import type { Refusal } from './refusals.ts';

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

export interface ListenerStatus {
  readonly name: string;
  readonly address: string;
  readonly present: string;
  readonly expect: string;
  readonly sessions: number;
  readonly limit: number;
  readonly opened: number;
  readonly refused: number;
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
  /** What traffic policy leaves to pick from. */
  readonly usable: boolean;
  readonly ejected: boolean;
  readonly sessions: number;
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
  refused(): readonly Refusal[];
  config(): unknown;
  setLogLevel(level: LogLevel): void;
}
