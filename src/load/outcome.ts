import type { LoadFailure } from './failures.ts';
import type { Overhead } from './overhead.ts';
import type { Point } from './series.ts';
import type { Latency } from './tally.ts';

/** What limits the generator itself. */
export type Limit = 'processor' | 'descriptors' | 'local_ports';

export const LIMITS: { readonly [limit in Limit]: string } = {
  processor:
    'a thread of the generator was busy all the time, or was given no processor in time: more --threads, a lower --rate, or another machine',
  descriptors: 'this process had no descriptors left: raise ulimit -n',
  local_ports: 'this machine had no local ports left: --clients 127.0.0.0/8 has more, or --keep',
};

export interface Achieved {
  readonly connectionsPerSecond: number;
  readonly requestsPerSecond: number;
  /** Both directions. */
  readonly bytesPerSecond: number;
  readonly sentBytesPerSecond: number;
  readonly receivedBytesPerSecond: number;
  readonly connections: number;
  readonly requests: number;
  /** Connections that were open at the end. */
  readonly open: number;
  readonly seconds: number;
}

/** What was measured of one endpoint. Times in microseconds. */
export interface Measured {
  readonly achieved: Achieved;
  readonly latency: Latency;
  readonly errors: { readonly [kind in LoadFailure]: number };
  readonly wrongClients: number;
  readonly rightClients: number;
  /** With --verify: answers that name nobody. */
  readonly unknownClients: number;
  /** Of ping and http: whole, and no status of 400 or more. */
  readonly goodAnswers: number;
  /** Percentile and time, of the total. */
  readonly curve: readonly (readonly [number, number])[];
  readonly series: readonly Point[];
}

/** What a run found. Of a run that compares, `measured` is what came through, and `direct` the other. */
export interface Outcome {
  readonly measured: Measured;
  readonly direct: Measured | null;
  readonly overhead: Overhead | null;
  readonly limitedByGenerator: Limit | null;
  /** Somebody ended it before its time. */
  readonly endedEarly: boolean;
  /** Which endpoint of the plan refused everybody from the start, so that the run was given up; usually none. */
  readonly refusedBy: number | null;
}
