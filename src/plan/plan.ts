import type { Cidr } from '../address/cidr.ts';
import type { IpSet } from '../address/ip-set.ts';
import type { Balance } from '../endpoints/balance/create-picker.ts';
import type { EjectionOptions } from '../endpoints/pool.ts';
import type { Snapshot } from '../endpoints/snapshot.ts';

export type { Balance };

/** Where a listener listens. `ip` null is every address of both families. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly ip: Uint8Array | null; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export type AcceptProxy = 'none' | 'v1' | 'v2' | 'any';
export type HeaderRule = 'required' | 'optional';
export type Presentation = 'none' | 'v1' | 'v2' | 'transparent' | 'forwarded';
export type OverLimit = 'wait' | 'refuse';
/** `forwarded`: whether a request may use a connection that carried requests of other clients. */
export type Reuse = 'safe' | 'always' | 'never';

/** How many leading bits of an address identify a client. */
export interface ClientPrefix {
  readonly v4: number;
  readonly v6: number;
}

/** Which peers may send a header, which may connect without one, and which clients are admitted. A peer in both lists is trusted. */
export interface AdmissionPlan {
  readonly acceptProxy: AcceptProxy;
  readonly proxyHeader: HeaderRule;
  readonly trust: IpSet;
  readonly headerless: IpSet;
  /** `--trust unix`, `--headerless unix`: peers of a unix socket have no address. */
  readonly trustUnix: boolean;
  readonly headerlessUnix: boolean;
  readonly headerTimeoutMs: number;
  readonly maxHeaderBytes: number;
  /** Admitted clients, by the announced address; null: all. */
  readonly allow: IpSet | null;
}

/** A fixed TLV that is added to every header that we send. */
export interface FixedTlv {
  readonly type: number;
  readonly value: Uint8Array;
}

/** How the client is presented to the endpoint. */
export interface PresentationPlan {
  readonly form: Presentation;
  /** Types of TLVs that are passed on from the received header. */
  readonly pass: 'all' | readonly number[];
  readonly add: readonly FixedTlv[];
  readonly crc32c: boolean;
  readonly uniqueId: boolean;
  /** `forwarded`: clients whose own X-Forwarded-For is appended to, not dropped. */
  readonly forwardedTrust: IpSet;
  /** The same for clients of a unix socket, who have no address. */
  readonly forwardedTrustUnix: boolean;
}

/** Durations in milliseconds; 0 turns a timeout off. */
export interface TimeoutPlan {
  readonly connectMs: number;
  readonly idleMs: number;
  readonly halfCloseMs: number;
  readonly keepaliveMs: number;
  /** How long sent bytes may stay unacknowledged (TCP_USER_TIMEOUT). Only the epoll engine can set it. */
  readonly tcpUserTimeoutMs: number;
  readonly maxSessionAgeMs: number;
}

export interface LimitPlan {
  readonly maxSessions: number;
  /** The most sessions of all listeners together. 0: the limits of the listeners are enough. */
  readonly maxSessionsOfAll: number;
  /** 0: no limit. */
  readonly maxSessionsPerClient: number;
  /** What counts as one client for the limit above. Affinity and `client-hash` use the whole address. */
  readonly clientPrefix: ClientPrefix;
  readonly overLimit: OverLimit;
}

/** Which sessions leave a record for the access log. */
export type AccessLog = 'none' | 'errors' | 'all';

/**
 * One listener: plain data, the same for a start and a reload. `id` is its row of the shared counters, and belongs to its
 * name as long as the process runs.
 */
export interface ListenerPlan {
  readonly id: number;
  readonly name: string;
  readonly listen: ListenAddress;
  readonly admission: AdmissionPlan;
  readonly presentation: PresentationPlan;
  readonly snapshot: Snapshot;
  readonly balance: Balance;
  /** How long a client stays with its endpoint after its last connection, in milliseconds; 0: no affinity. */
  readonly affinityMs: number;
  readonly attempts: number;
  readonly reuse: Reuse;
  /** Local addresses to dial from; empty: the kernel chooses. */
  readonly dialFrom: readonly Cidr[];
  /** `transparent`: addresses of this host that a client may have. */
  readonly localClients: IpSet;
  readonly ejection: EjectionOptions;
  readonly timeouts: TimeoutPlan;
  readonly limits: LimitPlan;
  readonly accessLog: AccessLog;
}

/** All that may change while Herald runs. A start and a reload differ only in the plan. */
export interface Plan {
  readonly generation: number;
  readonly listeners: readonly ListenerPlan[];
}
