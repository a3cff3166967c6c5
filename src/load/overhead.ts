import { PERCENTILES, type Percentile } from './histogram.ts';
import { type Summary, summarize } from './statistics.ts';
import type { Latency, TIMES } from './tally.ts';

/** How much a percentile grew: microseconds, and times as much; each the median of the rounds with its 95 % interval. */
export interface Growth {
  readonly difference: Summary;
  readonly ratio: Summary;
}

/** Null for a time, or a percentile of it, that was not measured in every round. */
type Times = { readonly [time in (typeof TIMES)[number]]: Growths | null };

export interface Overhead extends Times {
  /** Of bulk the bytes, of a closed loop the requests or connections: how many times as many as directly. Null of an open loop. */
  readonly throughput: Summary | null;
}

type Growths = { readonly [percentile in Percentile]: Growth | null };

/** One round: the same work, at nearly the same time, on both ways. */
export interface Round {
  readonly direct: Latency;
  readonly through: Latency;
}

/**
 * What stands between adds so much to a connection. The pairs are compared round by round, not the two sums: what
 * the machine did meanwhile is then in both halves of a pair. If a round has too few samples for a percentile,
 * `doubled` is compared in its place: each two rounds that follow each other, put together.
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

/** What was done in each round on both ways; null if that was not the endpoint's to decide. */
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
