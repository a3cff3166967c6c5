import type { SharedState } from '../shared-memory/shared-state.ts';

/** The endpoints of one pool by state. Each endpoint that its sources know is in exactly one. */
interface EndpointCounts {
  readonly usable: number;
  readonly standby: number;
  readonly ejected: number;
  readonly unusable: number;
}

export interface ListenerFacts {
  /** Its row of the shared counters. */
  readonly id: number;
  readonly name: string;
  readonly maxSessions: number;
  /** null: it is for the endpoints of this node alone, and there is none, which is no fault. */
  readonly endpoints: EndpointCounts | null;
  /** Failed health checks, and how many endpoints are down by them; null without health checks. */
  readonly probes: { readonly failures: number; readonly down: number } | null;
}

export interface WorkerFacts {
  readonly name: string;
  /** Its row of the shared counters. */
  readonly row: number;
  /** How long it has been busy so far. */
  readonly busyMs: number;
  /** The share of the last 15 seconds that it was busy. */
  readonly busyRatio: number;
  /** How often it was replaced; null for the main thread, which cannot be. */
  readonly restarts: number | null;
}

export interface SourceFacts {
  readonly name: string;
  readonly synced: boolean;
  /** Seconds since 1970; null if there was no event. */
  readonly lastEventAt: number | null;
  readonly errors: ReadonlyMap<string, number>;
}

/** Whether this node presents clients of a family to its endpoints (`transparent`). */
export interface NodePresents {
  readonly family: 'ipv4' | 'ipv6';
  readonly can: boolean;
  /** An echo on this node has seen it (`--node-echo`). Else only the routes were looked at. */
  readonly isProven: boolean;
  /** Why it cannot, one sentence; null if it can. */
  readonly why: string | null;
}

/** What `herald gateway` knows of the cluster's objects. */
export interface GatewayFacts {
  /** `kind`: `service`, `gateway`, `gateway_class` or `tcp_route`; `accepted`: whether this gateway serves it. */
  objects(): readonly { readonly kind: string; readonly accepted: boolean; readonly count: number }[];
  /** Whether this instance writes statuses. */
  readonly isLeader: boolean;
  /** Writes of statuses so far, by their result. */
  readonly writes: ReadonlyMap<string, number>;
  /** Published addresses and ports at which this instance did not reach Herald when it dialed them. */
  readonly bypassedCount: number;
  /** No node qualifies to be published any more, so the last addresses stay. */
  readonly keepsLastAddresses: boolean;
  /** null: no object is served transparently. */
  hops(): HopFacts | null;
}

/** Of the instances of a gateway that serve: how many present clients to the pods of their nodes (`transparent`), and which do not. */
export interface HopFacts {
  readonly capable: number;
  readonly all: number;
  /** The first 64, sorted by node; an instance that does not know its node has its own name. */
  readonly incapable: readonly { readonly node: string; readonly why: string }[];
}

/** What a scrape reads. It is called at each scrape, so nothing is kept up to date in between. */
export interface ScrapeInput {
  readonly state: SharedState;
  listeners(): readonly ListenerFacts[];
  /** Listeners that vanished a short time ago: their counters go on, so that the last events are scraped. */
  gone(): readonly { readonly id: number; readonly name: string }[];
  /** The counters of all listeners that this process has had, summed. They never go back. */
  total(): Float64Array;
  /** null: this is no gateway. */
  readonly gateway: GatewayFacts | null;
  /** The sources of endpoints, without fixed addresses. */
  sources(): readonly SourceFacts[];
  /** The families of endpoints that are not on loopback. Empty without listeners that present transparent. */
  presents(): readonly NodePresents[];
  build(): {
    readonly version: string;
    readonly node: string;
    readonly engine: string;
    readonly config: string;
  };
  /** The threads that serve now. */
  workers(): readonly WorkerFacts[];
  logDropped(): number;
  recordsDropped(): number;
  /** Whether the last reload (or the start) succeeded, and when the last successful one was, in seconds since 1970. */
  reload(): { readonly successful: boolean; readonly at: number };
}
