import type { Asked } from '../describe-plan.ts';
import { FAILURE_KINDS, FAILURES } from '../failures.ts';
import { type Figures, PERCENTILE_NAMES, PERCENTILES } from '../histogram.ts';
import { isAsking } from '../load-plan.ts';
import { LIMITS } from '../outcome.ts';
import type { Growth, Overhead } from '../overhead.ts';
import type { LoadResult, ResultPart } from '../result.ts';
import type { Summary } from '../statistics.ts';
import { TIMES } from '../tally.ts';
import { bytesText, countText, rateText, timeText, wholeText } from '../units.ts';
import { comparisonLines, unlikeLine } from './format-comparison.ts';
import { throughputText } from './overhead-sentence.ts';
import { headline, MODE_TEXTS } from './run-title.ts';
import { alignRows, NO_FIGURE } from './text-rows.ts';

export const TIME_NAMES = { connect: 'connect', firstByte: 'first byte', total: 'total' } as const;

/** The figures of a run, and of another one beside them, as text for a terminal. */
export function formatResult(result: LoadResult, other: LoadResult | null): string {
  const { asked, direct, overhead, headline: sentence, limitedByGenerator, endedEarly } = result;
  const unlike = other === null ? null : unlikeLine(result, other);
  const lines = [...(unlike === null ? [] : [unlike, '']), headline(asked), MODE_TEXTS[asked.mode]];
  if (endedEarly) lines.push('ended early: the figures are of the time until then');
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

/** What was measured of one way, below its title. */
export function partLines(part: ResultPart, asked: Asked): string[] {
  const { achieved, latency, errors, wrongClients, rightClients, unknownClients } = part;
  const rows = TIMES.flatMap((time) => {
    const figures: Figures | null = latency[time];
    if (figures === null) return [];
    const cells = PERCENTILES.map((percentile) => figureText(figures[percentile]));
    return [[TIME_NAMES[time], wholeText(figures.count), ...cells]];
  });
  const heads = PERCENTILES.map((each) => PERCENTILE_NAMES[each]);
  if (achieved.seconds === 0) return ['  nothing was measured'];
  const lines = [
    `  ${rateLine(part, asked)}`,
    `  ${bytesText(achieved.sentBytesPerSecond)}/s there, ${bytesText(achieved.receivedBytesPerSecond)}/s back`,
  ];
  if (rows.length > 0) lines.push('', ...alignRows([['', 'count', ...heads], ...rows]), '');
  const failed = FAILURE_KINDS.filter((kind) => errors[kind] > 0);
  for (const kind of failed) lines.push(`  ${wholeText(errors[kind])} × ${kind}: ${FAILURES[kind]}`);
  if (failed.length === 0) lines.push('  no errors');
  if (asked.verify) {
    const wrong = wrongClients === 0 ? 'none wrong' : `${wholeText(wrongClients)} WRONG`;
    const unknown = unknownClients > 0 ? `, ${wholeText(unknownClients)} NOT KNOWN` : '';
    lines.push(`  clients: ${wholeText(rightClients)} seen as they are, ${wrong}${unknown}`);
  }
  return lines;
}

function rateLine({ achieved }: ResultPart, { rate, work, keep, connections }: Asked): string {
  if (rate === null) return `${achieved.open} of ${connections} connections open at the end`;
  const done = `${countText(achieved.connectionsPerSecond)} connections/s`;
  const answered = `${countText(achieved.requestsPerSecond)} requests/s`;
  const text = !isAsking(work)
    ? done
    : keep
      ? `${answered} over ${wholeText(achieved.open)} connections`
      : `${done}, ${answered}`;
  return typeof rate === 'number' ? `${text} (asked: ${rateText(rate)}/s)` : text;
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
    'what stands between adds: median of the rounds, and its 95 % interval',
    '(fewer than six rounds: lowest and highest; too few samples in a round: the',
    'rounds are compared in pairs)',
    '',
    ...(rows.length > 0
      ? alignRows([['', '', 'difference', '', 'ratio', '', 'rounds'], ...rows])
      : ['  nothing: no round is whole, or none has enough samples']),
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

function figureText(us: number | null): string {
  return us === null ? NO_FIGURE : timeText(us);
}
