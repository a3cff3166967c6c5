import { PERCENTILES, type Percentile } from './histogram.ts';
import { type Summary, summarize } from './statistics.ts';
import { type Latency, TIMES } from './tally.ts';

/** How much a percentile grew: microseconds, and times as much; each the median of the rounds with its 95 % interval. */
export interface Growth {
  readonly difference: Summary;
  readonly ratio: Summary;
}

export type Overhead = {
  readonly [time in (typeof TIMES)[number]]: { readonly [percentile in Percentile]: Growth } | null;
};

/** One round: the same work, at nearly the same time, on both ways. */
export interface Round {
  readonly direct: Latency;
  readonly through: Latency;
}

/**
 * What stands between adds so much to a connection. The pairs are compared round by round, not the two sums: what
 * the machine did meanwhile is then in both halves of a pair. Null for a time that some round does not have.
 */
export function overheadOf(rounds: readonly Round[]): Overhead {
  const rows = TIMES.map((time) => {
    const pairs = rounds.map(({ direct, through }) => ({ direct: direct[time], through: through[time] }));
    const whole = pairs.flatMap(({ direct, through }) => (direct && through ? [{ direct, through }] : []));
    if (whole.length === 0 || whole.length < pairs.length) return [time, null] as const;
    const growths = PERCENTILES.map((percentile) => {
      const difference = summarize(whole.map((pair) => pair.through[percentile] - pair.direct[percentile]))!;
      const ratio = summarize(
        whole.map((pair) => pair.through[percentile] / Math.max(pair.direct[percentile], 1)),
      )!;
      return [percentile, { difference, ratio }] as const;
    });
    return [time, Object.fromEntries(growths)] as const;
  });
  return Object.fromEntries(rows) as unknown as Overhead;
}
