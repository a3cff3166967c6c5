import { MODE_TEXTS, runTitle } from '../describe-plan.ts';
import { PERCENTILE_NAMES, PERCENTILES } from '../histogram.ts';
import { LIMITS } from '../outcome.ts';
import type { Growth, Overhead } from '../overhead.ts';
import { throughputText } from '../overhead-sentence.ts';
import type { LoadResult } from '../result.ts';
import type { Summary } from '../statistics.ts';
import { TIMES } from '../tally.ts';
import { timeText } from '../units.ts';
import { comparisonLines, unlikeLine } from './format-comparison.ts';
import { alignRows, NO_FIGURE, partLines, TIME_NAMES } from './part-lines.ts';

/** The figures of a run as text for a terminal, with another run's beside them if there is one. */
export function formatResult(result: LoadResult, other: LoadResult | null): string {
  const { asked, direct, overhead, headline: sentence, limitedByGenerator, endedEarly } = result;
  const unlike = other === null ? null : unlikeLine(result, other);
  const lines = [...(unlike === null ? [] : [unlike, '']), runTitle(asked), MODE_TEXTS[asked.mode]];
  if (endedEarly) lines.push('ended early: the figures cover the time until then');
  if (direct !== undefined) lines.push('', 'direct', ...partLines(direct, asked), '', 'through');
  else lines.push('');
  lines.push(...partLines(result, asked));
  if (overhead !== undefined) lines.push('', ...overheadLines(overhead));
  if (other !== null) lines.push('', ...comparisonLines(result, other));
  if (limitedByGenerator !== null) {
    lines.push('', `THE GENERATOR WAS THE LIMIT (${limitedByGenerator}): ${LIMITS[limitedByGenerator]}`);
  }
  if (sentence !== undefined) lines.push('', sentence);
  return lines.join('\n');
}

function overheadLines(overhead: Overhead): string[] {
  const { throughput } = overhead;
  const rows = TIMES.flatMap((time) => {
    const growths = overhead[time];
    if (growths === null) return [];
    return PERCENTILES.map((each) => [
      TIME_NAMES[time],
      PERCENTILE_NAMES[each],
      ...growthCells(growths[each]),
    ]);
  });
  return [
    'overhead of the proxy: median of the rounds, and its 95 % interval',
    '(fewer than six rounds: lowest and highest; too few samples in a round:',
    'pairs of rounds are compared)',
    '',
    ...(rows.length > 0
      ? alignRows([['', '', 'difference', '', 'ratio', '', 'rounds'], ...rows])
      : ['  unknown: no round is complete, or none has enough samples']),
    ...(throughput === null
      ? []
      : ['', `  throughput: ${throughputText(throughput)}, ${throughput.count} rounds`]),
  ];
}

function growthCells(growth: Growth | null): string[] {
  if (growth === null) return Array.from({ length: 5 }, () => NO_FIGURE);
  const { difference, ratio } = growth;
  const interval = ({ low, high }: Summary, text: (figure: number) => string) =>
    `${text(low)} … ${text(high)}`;
  const times = (figure: number) => figure.toFixed(2);
  return [
    timeText(difference.median),
    interval(difference, timeText),
    times(ratio.median),
    interval(ratio, times),
    String(difference.count),
  ];
}
