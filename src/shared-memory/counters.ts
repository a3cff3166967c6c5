import { REASON_NAMES } from '../plan/close-reason.ts';
import { CONNECT_FAILURES } from '../plan/connect-failure.ts';

/** Upper bounds of the buckets of each histogram, in milliseconds. */
export const HISTOGRAMS = {
  headerDuration: [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000],
  connectDuration: [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000],
  sessionDuration: [
    10, 50, 100, 500, 1000, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000, 43_200_000,
    86_400_000,
  ],
} as const;

export type HistogramName = keyof typeof HISTOGRAMS;

const SINGLE = [
  'opened',
  'ended',
  'bytesToEndpoint',
  'bytesToClient',
  'header1Proxy',
  'header2Proxy',
  'header2Local',
  'headerNone',
  'ejections',
  'ejectionsIgnored',
  'acceptErrors',
  'portsChanged',
  'dialedPlainly',
] as const;

export type CounterName = (typeof SINGLE)[number];

let next = 0;
const take = (cells: number): number => {
  const at = next;
  next += cells;
  return at;
};

/** Index of each single counter in a listener's row. */
export const COUNTER = Object.fromEntries(SINGLE.map((name) => [name, take(1)])) as {
  readonly [name in CounterName]: number;
};

/** First index of the counters by close reason, in the order of `REASON_NAMES`. */
export const REASON_AT = take(REASON_NAMES.length);

/** First index of the counters by connect failure, in the order of `CONNECT_FAILURES`. */
export const FAILURE_AT = take(CONNECT_FAILURES.length);

/** First index of each histogram: its buckets, one more above the last bound, then the sum in milliseconds. */
export const HISTOGRAM_AT = {
  headerDuration: take(HISTOGRAMS.headerDuration.length + 2),
  connectDuration: take(HISTOGRAMS.connectDuration.length + 2),
  sessionDuration: take(HISTOGRAMS.sessionDuration.length + 2),
} as const satisfies { [name in HistogramName]: number };

/**
 * The last session of this worker that failed: when it ended, in milliseconds of the engines' clock, and the index of its reason
 * in `REASON_NAMES` plus 1 (0: none yet). These are not summed: the row with the latest time counts.
 */
export const LAST_FAILURE = { at: take(1), reason: take(1) } as const;

/** Cells of the row of one listener and worker. A multiple of 8, so that the rows of two workers share no cache line. */
export const ROW_CELLS = (next + 7) & ~7;

/** Counts one duration in its histogram. */
export function observe(row: Float64Array, name: HistogramName, ms: number): void {
  const bounds = HISTOGRAMS[name];
  const at = HISTOGRAM_AT[name];
  let bucket = 0;
  while (bucket < bounds.length && ms > bounds[bucket]!) bucket++;
  row[at + bucket]! += 1;
  row[at + bounds.length + 1]! += ms;
}

/** The counter of received headers of this version (0: no header). `isLocal`: the command is LOCAL. */
export function headerCounter(version: 0 | 1 | 2, isLocal: boolean): number {
  if (version === 0) return COUNTER.headerNone;
  if (version === 1) return COUNTER.header1Proxy;
  return isLocal ? COUNTER.header2Local : COUNTER.header2Proxy;
}
