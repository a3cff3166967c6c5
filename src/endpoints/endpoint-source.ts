import type { KnownEndpoint } from './known-endpoint.ts';

/** What a Kubernetes Service specifies about its traffic. */
export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  /** The timeout of `sessionAffinity: ClientIP` in milliseconds; 0 without affinity. */
  readonly affinityMs: number;
  /** CIDRs of the clients that may connect (`loadBalancerSourceRanges`), as canonical text. Absent: every client may. */
  readonly sourceRanges?: readonly string[];
}

/** What a source knows at one moment. It is replaced as a whole and never modified. */
export interface SourceState {
  /** Increases with each change. */
  readonly generation: number;
  /** Whether the source has had a first answer; an empty one counts. */
  readonly synced: boolean;
  /** Sorted by `text`, without duplicates. */
  readonly endpoints: readonly KnownEndpoint[];
  /** Every address of these endpoints, of both families, 4 or 16 bytes each: what `--trust` names with this source. */
  readonly addresses: readonly Uint8Array[];
  /** null without a Service, or if it cannot be read. */
  readonly service: ServiceFacts | null;
}

/** What metrics report about a source. */
export interface SourceHealth {
  readonly synced: boolean;
  /** When something was last received for the source, in seconds since 1970; null: never. */
  readonly lastEventAt: number | null;
  /** Errors so far by code; the set of codes is bounded. */
  readonly errors: ReadonlyMap<string, number>;
}

/** A log line of a source. The set of codes is bounded; the log limits repeated lines by their code. */
export interface SourceRemark {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly code: string;
  readonly message: string;
}

export interface SourceListener {
  /** `state` has been replaced. */
  changed(): void;
  remark(remark: SourceRemark): void;
}

/**
 * Where endpoints come from: the contract of every source.
 *
 *     discovery/  static-source · dns/ (dns-source, srv-source) · kubernetes/ (kubernetes-source)
 *         │  SourceState: all endpoints known, replaced as a whole
 *         ▼
 *     traffic-policy   which of them may be used here and now      (control/, once for all workers)
 *         │  Snapshot: usable endpoints, each with a slot
 *         ▼
 *     Pool             which one a session tries first, and next   (one in each worker)
 *
 * A source never throws and never ends by itself. An error becomes a remark, and the last good state stays in force.
 */
export interface EndpointSource {
  /** As configured: `k8s:shop/web:https`, `dns:web.example:80`, or addresses joined by commas. */
  readonly name: string;
  readonly state: SourceState;
  readonly health: SourceHealth;
  start(listener: SourceListener): void;
  /** Resolves once nothing of the source is open. The listener is not called after `stop` begins. */
  stop(): Promise<void>;
}
