import type { Asked } from './describe-plan.ts';
import type { LoadFailure } from './failures.ts';
import type { Achieved, Limit, Measured, Outcome } from './outcome.ts';
import type { Overhead } from './overhead.ts';
import { overheadSentence } from './report/overhead-sentence.ts';
import type { Point } from './series.ts';
import type { FoundRate, Ramp } from './step.ts';
import type { Latency } from './tally.ts';

/** What was found of one way. Times in microseconds. */
export interface ResultPart {
  readonly achieved: Achieved;
  readonly latency: Latency;
  readonly errors: { readonly [kind in LoadFailure]: number };
  readonly wrongClients: number;
  readonly rightClients: number;
  /** With --verify: answers that name nobody. */
  readonly unknownClients: number;
  /** Of ping and http: whole, and no status of 400 or more. */
  readonly goodAnswers: number;
  /** Percentiles of the total and their times, for a picture. */
  readonly curve: readonly (readonly [percentile: number, us: number])[];
  readonly series: readonly Point[];
}

/** Of the JSON; another number means that keys are missing, or mean something else. 1, without the key, had no counts. */
const SCHEMA = 2;

/** What `--json` holds: the shape that scripts and `--compare` rely on. */
export interface LoadResult extends ResultPart {
  readonly schema: typeof SCHEMA;
  readonly herald: string;
  readonly at: string;
  readonly asked: Asked;
  readonly limitedByGenerator: Limit | null;
  readonly endedEarly: boolean;
  /** Of a comparison: the rest is then what came through. */
  readonly direct?: ResultPart;
  readonly overhead?: Overhead;
  /** Of a comparison: what it has found, in a sentence. */
  readonly headline?: string;
  /** Of `--find` and of `--ramp`: the other figures are then those of one of the steps. */
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

/** More digits than were measured would only look exact. */
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
