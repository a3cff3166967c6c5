import type { Asked } from './describe-plan.ts';
import type { LoadFailure } from './failures.ts';
import { isAsking, isHeld, type Work } from './load-plan.ts';
import type { Overhead } from './overhead.ts';
import type { Point } from './series.ts';
import type { Latency } from './tally.ts';

/** What limited the generator itself. */
export type Limit = 'processor' | 'descriptors' | 'local_ports';

export const LIMITS: { readonly [limit in Limit]: string } = {
  processor:
    'a thread of the generator was busy all the time, or got no processor in time; use more --threads, a lower --rate, or another machine',
  descriptors: 'the generator ran out of file descriptors; raise ulimit -n',
  local_ports: 'this machine ran out of local ports; use --clients 127.0.0.0/8, which has more, or --keep',
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
  /** Connections open at the end. */
  readonly open: number;
  readonly seconds: number;
}

/** The figures of one way to the endpoint. Times in microseconds. */
export interface Measured {
  readonly achieved: Achieved;
  readonly latency: Latency;
  readonly errors: { readonly [kind in LoadFailure]: number };
  readonly wrongClients: number;
  readonly rightClients: number;
  /** With --verify: answers that name no client. */
  readonly unknownClients: number;
  /** For ping and http: complete answers with a status below 400. */
  readonly goodAnswers: number;
  /** Percentile and total time. */
  readonly curve: readonly (readonly [number, number])[];
  readonly series: readonly Point[];
}

/** What a run found. In a comparison, `measured` is the way through the proxy and `direct` the other. */
export interface Outcome {
  readonly measured: Measured;
  readonly direct: Measured | null;
  readonly overhead: Overhead | null;
  readonly limitedByGenerator: Limit | null;
  /** The run was ended before its time. */
  readonly endedEarly: boolean;
  /** Index of the endpoint that refused every connection from the start, so that the run was given up; normally null. */
  readonly refusedBy: number | null;
}

type Errors = Measured['errors'];

/** The number of errors of any kind. */
export function errorsOf(errors: Errors): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

/** Errors divided by attempts, 0 to 1; null if nothing was attempted. */
export function errorShare({
  asked,
  achieved,
  goodAnswers,
  errors,
}: Pick<Measured, 'achieved' | 'goodAnswers' | 'errors'> & {
  readonly asked: Pick<Asked, 'work'>;
}): number | null {
  const failed = errorsOf(errors);
  const { work } = asked;
  // A failure may be counted among connections or requests too, and must not count twice.
  const done = isAsking(work)
    ? goodAnswers
    : achieved.connections - (isHeld(work) ? errors.reset + errors.ended : 0);
  const attempts = Math.max(done, 0) + failed;
  return attempts === 0 ? null : failed / attempts;
}

/**
 * Work done a second: requests, or connections if the work has no requests. An endpoint that accepts connections and
 * never answers has done nothing.
 */
export function doneRate(work: Work, achieved: Measured['achieved']): number {
  return isAsking(work) ? achieved.requestsPerSecond : achieved.connectionsPerSecond;
}
