import { PERCENTILES, type Percentile } from './histogram.ts';
import { type Summary, summarize } from './statistics.ts';
import type { Latency, TIMES } from './tally.ts';

/** The growth of a percentile, in microseconds and as a ratio: medians of the rounds with intervals. */
export interface Growth {
  readonly difference: Summary;
  readonly ratio: Summary;
}

/** Null if a time, or a percentile of it, was not measured in every round. */
type Times = { readonly [time in (typeof TIMES)[number]]: Growths | null };

export interface Overhead extends Times {
  /** The ratio to the direct way: of bytes for bulk, of requests or connections in a closed loop. Null in an open loop. */
  readonly throughput: Summary | null;
}

type Growths = { readonly [percentile in Percentile]: Growth | null };

/** One round: the same work on both ways, at nearly the same time. */
export interface Round {
  readonly direct: Latency;
  readonly through: Latency;
}

/**
 * What a proxy adds to a connection. Rounds are compared one by one, not the two sums, so that what else the machine did
 * affects both halves of a pair. If a round has too few samples for a percentile, `doubled` is compared instead: pairs
 * of consecutive rounds, merged.
 */
export function overheadOf(rounds: readonly Round[], doubled: readonly Round[]): Times {
  const of = (time: (typeof TIMES)[number]): Growths | null => {
    const growths = PERCENTILES.map(
      (each) => [each, growthOf(rounds, time, each) ?? growthOf(doubled, time, each)] as const,
    );
    if (growths.every(([, growth]) => growth === null)) return null;
    return Object.fromEntries(growths) as unknown as Growths;
  };
  return { connect: of('connect'), firstByte: of('firstByte'), total: of('total') };
}

/** The ratio of work done through the proxy to work done directly; null if arrivals decided the work. */
export function throughputOf(
  rounds: readonly { readonly direct: number | null; readonly through: number | null }[],
): Summary | null {
  const ratios: number[] = [];
  for (const { direct, through } of rounds) {
    if (direct === null || through === null || direct === 0) return null;
    ratios.push(through / direct);
  }
  return summarize(ratios);
}

function growthOf(
  rounds: readonly Round[],
  time: (typeof TIMES)[number],
  percentile: Percentile,
): Growth | null {
  const differences: number[] = [];
  const ratios: number[] = [];
  for (const { direct, through } of rounds) {
    const [before, after] = [direct[time]?.[percentile] ?? null, through[time]?.[percentile] ?? null];
    if (before === null || after === null) return null;
    differences.push(after - before);
    ratios.push(after / Math.max(before, 1));
  }
  const [difference, ratio] = [summarize(differences), summarize(ratios)];
  return difference === null || ratio === null ? null : { difference, ratio };
}
