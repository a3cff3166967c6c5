import type { Asked } from './describe-plan.ts';
import type { LoadFailure } from './failures.ts';
import type { Achieved, Limit, Measured, Outcome } from './outcome.ts';
import type { Overhead } from './overhead.ts';
import { overheadSentence } from './overhead-sentence.ts';
import type { Point } from './series.ts';
import type { FoundRate, Ramp } from './step.ts';
import type { Latency } from './tally.ts';

/** The figures of one way in the JSON. Times in microseconds. */
export interface ResultPart {
  readonly achieved: Achieved;
  readonly latency: Latency;
  readonly errors: { readonly [kind in LoadFailure]: number };
  readonly wrongClients: number;
  readonly rightClients: number;
  /** With --verify: answers that name no client. */
  readonly unknownClients: number;
  /** For ping and http: complete answers with a status below 400. */
  readonly goodAnswers: number;
  /** Percentiles and their total times, for a chart. */
  readonly curve: readonly (readonly [percentile: number, us: number])[];
  readonly series: readonly Point[];
}

/** The version of the JSON's shape. Version 1 did not have this key, nor the counts of samples. */
const SCHEMA = 2;

/** The shape of `--json`, which scripts and `--compare` rely on. */
export interface LoadResult extends ResultPart {
  readonly schema: typeof SCHEMA;
  readonly herald: string;
  readonly at: string;
  readonly asked: Asked;
  readonly limitedByGenerator: Limit | null;
  readonly endedEarly: boolean;
  /** In a comparison, the direct way; the other figures are then those through the proxy. */
  readonly direct?: ResultPart;
  readonly overhead?: Overhead;
  /** In a comparison, its result in a sentence. */
  readonly headline?: string;
  /** Of `--find` or `--ramp`; the other figures are then those of one step. */
  readonly found?: FoundRate;
  readonly ramp?: Ramp;
}

export interface ResultFacts {
  readonly herald: string;
  readonly at: Date;
  readonly asked: Asked;
}

export function createResult(outcome: Outcome, { herald, at, asked }: ResultFacts): LoadResult {
  const { measured, direct, overhead, limitedByGenerator, endedEarly } = outcome;
  const { achieved, latency, errors, wrongClients, ...rest } = partOf(measured);
  const result: LoadResult = {
    schema: SCHEMA,
    herald,
    at: at.toISOString(),
    asked,
    achieved,
    latency,
    errors,
    wrongClients,
    limitedByGenerator,
    endedEarly,
    ...rest,
    ...(direct === null ? {} : { direct: partOf(direct) }),
    ...(overhead === null ? {} : { overhead }),
  };
  const sentence = overheadSentence(result);
  return sentence === null ? result : { ...result, headline: sentence };
}

export function partOf(measured: Measured): ResultPart {
  const { achieved } = measured;
  return { ...measured, achieved: { ...achieved, ...perSecond(achieved) } };
}

/** Rounds to the digits that are meaningful. */
function perSecond(achieved: Achieved) {
  const round = (figure: number) =>
    figure < 100 ? Number(figure.toPrecision(4)) : Math.round(figure * 10) / 10;
  const bytes = (figure: number) => (figure < 1 ? Number(figure.toPrecision(2)) : Math.round(figure));
  return {
    connectionsPerSecond: round(achieved.connectionsPerSecond),
    requestsPerSecond: round(achieved.requestsPerSecond),
    bytesPerSecond: bytes(achieved.bytesPerSecond),
    sentBytesPerSecond: bytes(achieved.sentBytesPerSecond),
    receivedBytesPerSecond: bytes(achieved.receivedBytesPerSecond),
  };
}
