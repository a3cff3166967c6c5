import type { Asked } from './describe-plan.ts';
import type { Failure } from './failures.ts';
import type { Achieved, Limit, Measured, Outcome } from './outcome.ts';
import type { Overhead } from './overhead.ts';
import type { Point } from './series.ts';
import type { Latency } from './tally.ts';

/** What was found of one way. Times in microseconds. */
export interface ResultPart {
  readonly achieved: Achieved;
  readonly latency: Latency;
  readonly errors: { readonly [kind in Failure]: number };
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

/** What `--json` holds: the shape that scripts and `--compare` rely on. */
export interface LoadResult extends ResultPart {
  readonly herald: string;
  readonly at: string;
  readonly asked: Asked;
  readonly limitedByGenerator: Limit | null;
  readonly endedEarly: boolean;
  /** Of a comparison: the rest is then what came through. */
  readonly direct?: ResultPart;
  readonly overhead?: Overhead;
}

export interface ResultFacts {
  readonly herald: string;
  readonly at: Date;
  readonly asked: Asked;
}

export function createResult(outcome: Outcome, { herald, at, asked }: ResultFacts): LoadResult {
  const { measured, direct, overhead, limitedByGenerator, endedEarly } = outcome;
  const { achieved, latency, errors, wrongClients, ...rest } = partOf(measured);
  return {
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
}

/** A result that was written before; what is wrong with the text, where it is none. */
export function readResult(text: string): LoadResult | { readonly problem: string } {
  let value: Partial<LoadResult> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'it is no JSON' };
  }
  const parts = [value?.asked, value?.achieved, value?.latency, value?.errors];
  const isWhole = parts.every((part) => typeof part === 'object' && part !== null);
  if (!isWhole || !Array.isArray(value?.series) || !Array.isArray(value?.curve)) {
    return { problem: 'it is not what herald load --json writes' };
  }
  return value as LoadResult;
}

function partOf(measured: Measured): ResultPart {
  const { achieved } = measured;
  return { ...measured, achieved: { ...achieved, ...perSecond(achieved) } };
}

/** More digits than were measured would only look exact. */
function perSecond(achieved: Achieved) {
  const round = (figure: number) => Math.round(figure * 10) / 10;
  return {
    connectionsPerSecond: round(achieved.connectionsPerSecond),
    requestsPerSecond: round(achieved.requestsPerSecond),
    bytesPerSecond: Math.round(achieved.bytesPerSecond),
    sentBytesPerSecond: Math.round(achieved.sentBytesPerSecond),
    receivedBytesPerSecond: Math.round(achieved.receivedBytesPerSecond),
  };
}
