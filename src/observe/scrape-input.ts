import type { SharedState } from '../shared-memory/shared-state.ts';

/** Endpoints of one pool by state: a partition of all that its source knows. */
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
  readonly endpoints: EndpointCounts;
  /** Checks of endpoints that failed, and how many endpoints they hold to be down. */
  readonly probes: { readonly failures: number; readonly down: number } | null;
}

export interface WorkerFacts {
  readonly name: string;
  /** Its row of the shared counters. */
  readonly row: number;
  /** How long it has worked so far. */
  readonly busyMs: number;
  /** The share of the last 15 seconds that it worked. */
  readonly busyRatio: number;
  /** How often it was replaced; null where that cannot be. */
  readonly restarts: number | null;
}

export interface SourceFacts {
  readonly name: string;
  readonly synced: boolean;
  /** Seconds since 1970; null: nothing was heard yet, or nothing ever will be. */
  readonly lastEventAt: number | null;
  readonly errors: ReadonlyMap<string, number>;
}

/** What a scrape asks for: read anew each time, so nothing has to be kept up to date between two. */
export interface ScrapeInput {
  readonly state: SharedState;
  listeners(): readonly ListenerFacts[];
  /** Sources of endpoints, but for addresses that somebody wrote down. */
  sources(): readonly SourceFacts[];
  build(): {
    readonly version: string;
    readonly node: string;
    readonly engine: string;
    readonly config: string;
  };
  /** The threads that serve now. */
  workers(): readonly WorkerFacts[];
  /** Log lines dropped. */
  logDropped(): number;
  /** Session records dropped. */
  recordsDropped(): number;
  /** Of the configuration: whether the last reload (or the start) took, and when one last did, in seconds since 1970. */
  reload(): { readonly successful: boolean; readonly at: number };
}
