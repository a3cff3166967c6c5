/** A scenario: what is measured. */
export type ScenarioId =
  | 'short'
  | 'kept'
  | 'bulk-down'
  | 'bulk-up'
  | 'idle'
  | 'unfinished'
  | 'ingress-v1'
  | 'ingress-v2'
  | 'latency'
  | 'endpoints'
  | 'open'
  | 'threads';

export type ContenderId =
  | 'herald-epoll'
  | 'herald-net'
  | 'haproxy'
  | 'haproxy-splice'
  | 'nginx'
  | 'nginx-half-close'
  | 'relay'
  | 'direct';

/** The header at the start of a connection. */
export type Header = 'none' | 'v1' | 'v2';

/** The addresses of a contender, and what it has to do. */
export interface Place {
  readonly listen: number;
  /** Addresses with ports; one, unless their number is what is measured. */
  readonly endpoints: readonly string[];
  /** A folder for its configuration; removed at the end. */
  readonly folder: string;
  /** The header that clients send, which the contender takes off. */
  readonly accepts: Header;
  /** Whether it sends its header to the endpoint. */
  readonly presents: boolean;
  /** The number of simultaneous sessions that it must support. */
  readonly sessions: number;
  readonly threads: number;
}

export interface Running {
  /** Where clients connect. */
  readonly port: number;
  /** The processes whose processor time and memory are measured; none without a proxy. */
  readonly pids: readonly number[];
  /** Sessions of each worker, if the contender reports them. */
  readonly workerSessions?: () => Promise<readonly number[]>;
  /** Why it ended unexpectedly; null while it runs. */
  end(): string | null;
  stop(): Promise<void>;
}

export interface Contender {
  readonly id: ContenderId;
  readonly title: string;
  /** With its version, for the table. */
  readonly version: string | null;
  /** The header that it sends. */
  readonly header: Header;
  /** A note beside its header in the table. */
  readonly remark: string | null;
  readonly scenarios: readonly ScenarioId[];
  /** Why it cannot run on this machine; null if it can. */
  readonly missing: string | null;
  start(place: Place): Promise<Running>;
}
