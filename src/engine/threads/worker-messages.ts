import type { MessagePort } from 'node:worker_threads';
import type { SessionInfo } from '../../plan/engine.ts';
import type { SessionRecord } from '../../plan/observer.ts';
import type { ListenerPlan } from '../../plan/plan.ts';
import type { SharedState } from '../../shared-memory/shared-state.ts';
import type { PackedSnapshot } from './packed-snapshot.ts';

/** A listener as it is sent to a worker. */
export interface PostedListener {
  readonly plan: Omit<ListenerPlan, 'snapshot'>;
  readonly snapshot: PackedSnapshot;
  /** The descriptors that this worker accepts from; empty if it has them already. */
  readonly fds: readonly number[];
  /** True if other workers accept from the same sockets. */
  readonly shared: boolean;
  readonly port: number;
}

/** What the main thread asks of a worker, which answers each order with a `done` of the same number. */
export type Order = { readonly order: number } & (
  | {
      readonly do: 'apply';
      readonly listeners: readonly PostedListener[];
      /** Ids of listeners that stay as they are; all others close. */
      readonly unchanged: readonly number[];
    }
  | { readonly do: 'drain'; readonly isTakenOver: boolean }
  | { readonly do: 'abort'; readonly reason: 'drain_timeout' | 'stopped' }
  | { readonly do: 'sessions'; readonly limit: number }
  | { readonly do: 'ping' }
  | { readonly do: 'exit' }
);

/** What a worker sends. */
export type News =
  | { readonly news: 'ready' }
  | { readonly news: 'done'; readonly order: number; readonly sessions?: readonly SessionInfo[] }
  | { readonly news: 'records'; readonly records: readonly SessionRecord[]; readonly dropped: number }
  | {
      readonly news: 'fault';
      readonly listener: string | null;
      readonly message: string;
      readonly errno: string;
    };

/** What a worker thread is started with. */
export interface WorkerData {
  readonly state: SharedState;
  readonly worker: number;
  readonly idPrefix: string;
  readonly logTlvs: readonly number[];
  readonly lingerMs: number;
  readonly wakeFd: number;
  readonly orders: MessagePort;
  /** The cells of its `DescriptorTable`. */
  readonly descriptors: Int32Array;
}
