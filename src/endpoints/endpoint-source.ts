import type { KnownEndpoint } from './known-endpoint.ts';

/** What a Kubernetes Service says of its traffic. */
export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  /** Milliseconds of `sessionAffinity: ClientIP`; 0 where there is none. */
  readonly affinityMs: number;
  /** CIDRs of the clients that it admits (`loadBalancerSourceRanges`), in canonical text; without: everyone. */
  readonly sourceRanges?: readonly string[];
}

/** What a source knows at one moment. It is swapped whole, never changed. */
export interface SourceState {
  /** Raised with each change. */
  readonly generation: number;
  /** It has answered once; an empty answer counts. */
  readonly synced: boolean;
  /** Sorted by `text`, each once. */
  readonly endpoints: readonly KnownEndpoint[];
  /** Every address of these endpoints, of both families: what `--trust` believes. 4 or 16 bytes each. */
  readonly addresses: readonly Uint8Array[];
  /** null where there is no Service, or it can't be read. */
  readonly service: ServiceFacts | null;
}

/** What metrics tell of a source. */
export interface SourceHealth {
  readonly synced: boolean;
  /** Seconds since 1970 when the source last gave a sign of life; null: never. */
  readonly lastEventAt: number | null;
  /** Errors so far, by a bounded code. */
  readonly errors: ReadonlyMap<string, number>;
}

/** A word of a source for the log. `code` is bounded: one that repeats itself is limited by it. */
export interface SourceRemark {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly code: string;
  readonly message: string;
}

export interface SourceListener {
  /** `state` is another one now. */
  changed(): void;
  remark(remark: SourceRemark): void;
}

/** Where endpoints come from. Its errors are remarks: the last good state goes on. */
export interface EndpointSource {
  /** As it was written: `k8s:shop/web:https`, `dns:web.example:80`; addresses joined by commas. */
  readonly name: string;
  readonly state: SourceState;
  readonly health: SourceHealth;
  start(listener: SourceListener): void;
  /** Nothing is heard of it any more, and nothing of it is open. */
  stop(): Promise<void>;
}
