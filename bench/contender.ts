/** What is measured. */
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

/** Which header stands before a connection. */
export type Header = 'none' | 'v1' | 'v2';

/** Where a contender stands, and what it is to do. */
export interface Place {
  readonly listen: number;
  /** Addresses with ports; one but where their number is what is measured. */
  readonly endpoints: readonly string[];
  /** A folder of its own for configuration; removed at the end. */
  readonly folder: string;
  /** The header that clients send, as before an application; it is taken off. */
  readonly takes: Header;
  /** Whether it sends the header that it stands for. */
  readonly presents: boolean;
  /** Sessions that it must be able to hold at once. */
  readonly sessions: number;
  readonly threads: number;
}

export interface Running {
  /** Where clients connect. */
  readonly port: number;
  /** The processes whose processor time and memory are measured; none where there is no proxy. */
  readonly pids: readonly number[];
  /** Sessions of each worker, where it tells them. */
  readonly workerSessions?: () => Promise<readonly number[]>;
  /** Why it has ended by itself; null while it has not. */
  end(): string | null;
  stop(): Promise<void>;
}

export interface Contender {
  readonly id: ContenderId;
  readonly title: string;
  /** With its version, for the table. */
  readonly version: string | null;
  /** Which header it puts before what it sends. */
  readonly header: Header;
  /** What must be said beside its header in the table. */
  readonly remark: string | null;
  readonly scenarios: readonly ScenarioId[];
  /** Why it can't be had on this machine; null where it can. */
  readonly missing: string | null;
  start(place: Place): Promise<Running>;
}
