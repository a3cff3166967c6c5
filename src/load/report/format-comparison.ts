import { runTitle } from '../describe-plan.ts';
import { PERCENTILE_NAMES, PERCENTILES } from '../histogram.ts';
import { doneRate, errorsOf } from '../outcome.ts';
import type { LoadResult } from '../result.ts';
import { countText, timeText, wholeText } from '../units.ts';
import { remarksOf } from './compare-runs.ts';
import { alignRows, NO_FIGURE } from './part-lines.ts';

/** The percentiles of a proxy's overhead that are compared. */
const ADDED = ['p50', 'p95', 'p99'] as const;

/** A warning if the two runs differ in more than their figures; else null. */
export function unlikeLine(result: LoadResult, other: LoadResult): string | null {
  const remarks = remarksOf(result, other);
  return remarks.length === 0
    ? null
    : `THE COMPARED RUNS DIFFER (that run: ${other.at}): ${remarks.join('; ')}`;
}

/** Each figure of this run and of another one, and their ratio. */
export function comparisonLines(result: LoadResult, other: LoadResult): string[] {
  const rate = ({ asked, achieved }: LoadResult) => doneRate(asked.work, achieved);
  const row = (name: string, of: (run: LoadResult) => number | null, text: (figure: number) => string) => {
    const [now, before] = [of(result), of(other)];
    const cell = (figure: number | null) => (figure === null ? NO_FIGURE : text(figure));
    return [name, cell(now), cell(before), ratioText(now, before)];
  };
  const rows = [
    row('a second', rate, countText),
    row('samples', ({ latency }) => latency.total?.count ?? null, wholeText),
    ...PERCENTILES.map((each) =>
      row(`total ${PERCENTILE_NAMES[each]}`, ({ latency }) => latency.total?.[each] ?? null, timeText),
    ),
    ...(result.overhead === undefined ? [] : ADDED).map((each) =>
      row(`added ${PERCENTILE_NAMES[each]}`, (run) => addedOf(run, each), timeText),
    ),
    row('errors', ({ errors }) => errorsOf(errors), wholeText),
  ];
  return [
    `compared with the run of ${other.at}: ${runTitle(other.asked)}`,
    '',
    ...alignRows([['', 'this run', 'that run', 'ratio'], ...rows]),
  ];
}

function addedOf({ overhead }: LoadResult, percentile: (typeof ADDED)[number]): number | null {
  return overhead?.total?.[percentile]?.difference.median ?? null;
}

function ratioText(now: number | null, before: number | null): string {
  // The ratio of differences that may be negative says nothing.
  return now === null || before === null || before <= 0 || now < 0 ? NO_FIGURE : (now / before).toFixed(2);
}
