/** What is measured; the key of `--only` is `idle` for both of the last two. */
export type ScenarioId = 'short' | 'kept' | 'bulk' | 'idle' | 'unfinished';

export type ContenderId =
  | 'herald-epoll'
  | 'herald-net'
  | 'haproxy'
  | 'haproxy-splice'
  | 'nginx'
  | 'relay'
  | 'direct';

/** Where a contender stands. */
export interface Place {
  readonly listen: number;
  readonly endpoint: number;
  /** A folder of its own for configuration; removed at the end. */
  readonly folder: string;
  /** Whether clients send a PROXY header, as before a sidecar. */
  readonly takesHeader: boolean;
  /** Sessions that it must be able to hold at once. */
  readonly sessions: number;
}

export interface Running {
  /** Where clients connect. */
  readonly port: number;
  /** The process whose processor time and memory are measured; null where there is no proxy. */
  readonly pid: number | null;
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
  readonly header: 'v2' | 'v1' | 'none';
  /** What must be said beside its header in the table. */
  readonly remark: string | null;
  readonly scenarios: readonly ScenarioId[];
  /** Why it can't be had on this machine; null where it can. */
  readonly missing: string | null;
  start(place: Place): Promise<Running>;
}
