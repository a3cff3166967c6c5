import { MIN_SAMPLES, type Percentile } from './histogram.ts';
import { doneRate, errorShare, errorsOf } from './outcome.ts';
import type { LoadResult } from './result.ts';
import type { TIMES } from './tally.ts';
import { countText, shareText, timeText } from './units.ts';

/** One condition of `--fail-if` or `--find`. A run has failed if a `--fail-if` holds. */
export interface FailIf {
  readonly text: string;
  readonly figure: string;
  readonly over: boolean;
  /** Whether the condition holds at the limit itself: `>=` or `<=`. */
  readonly orEqual: boolean;
  /** Microseconds, a number, or a share from 0 to 1. */
  readonly limit: number;
}

/** The figures that a condition is judged by. */
type JudgedFigures = Pick<
  LoadResult,
  'asked' | 'achieved' | 'errors' | 'goodAnswers' | 'latency' | 'overhead' | 'limitedByGenerator'
>;

type Unit = 'time' | 'number' | 'errors';

const UNITS_US: { readonly [unit: string]: number } = { us: 1, ms: 1000, s: 1_000_000 };
const WORDS = new Map<string, Percentile>([
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p95', 'p95'],
  ['p99', 'p99'],
  ['p99.9', 'p999'],
  ['max', 'max'],
]);
const PREFIXES = new Map<string, (typeof TIMES)[number]>([
  ['connect', 'connect'],
  ['first-byte', 'firstByte'],
  ['total', 'total'],
]);

/** Follows "expected" in a message. */
export const FAIL_IF_EXPECTED =
  'a figure, < or >, and a limit, such as p99>5ms, connect.max>1s, errors>0.1%, rate<1000, added.p50>80us or ratio.p99>1.5';

/**
 * Parses FIGURE OP LIMIT, spaces allowed: `p99>5ms`, `connect.max>=1s`, `errors>0`, `errors>0.1%`, `rate<1000`, and for
 * a comparison `added.p50>80us` and `ratio.p99>1.5`. Undefined if it is none of these.
 */
export function parseFailIf(text: string): FailIf | undefined {
  const parts = /^\s*([a-z][a-z\d.-]*)\s*([<>])(=?)\s*(\d+(?:\.\d+)?)\s*(us|ms|s|%)?\s*$/.exec(text);
  if (parts === null) return undefined;
  const [, figure = '', operator, equal, digits, unit] = parts;
  const kind = kindOf(figure);
  const factor = kind === undefined ? undefined : factorOf(kind, unit);
  if (factor === undefined) return undefined;
  const percent = kind === 'errors' && unit === '%' ? ' %' : '';
  return {
    text: text.trim(),
    figure: figure + percent,
    over: operator === '>',
    orEqual: equal === '=',
    limit: Number(digits) * factor,
  };
}

/** Whether the condition holds; null if the figure was not measured. */
export function conditionHolds(
  { figure, over, orEqual, limit }: FailIf,
  result: JudgedFigures,
): boolean | null {
  const value = figureOf(figure, result);
  if (value === null) return null;
  if (value === limit) return orEqual;
  return over ? value > limit : value < limit;
}

/** Whether the run fails by the condition. A figure that was not measured is a failure too: it is within no limit. */
export function isBroken(failIf: FailIf, result: JudgedFigures): boolean {
  return conditionHolds(failIf, result) !== false;
}

/** Whether the figure exists only in a comparison. */
export function isOfComparison({ figure }: FailIf): boolean {
  return /^(?:added|ratio)\./.test(figure);
}

/** The percentile of the figure; null for errors and rates. */
export function percentileOf({ figure }: FailIf): Percentile | null {
  return WORDS.get(split(figure).word) ?? null;
}

/** The condition and what was measured, `p99>5ms: p99 was 77.3 ms`, or why it cannot be judged. */
export function describeBroken(failIf: FailIf, result: JudgedFigures): string {
  const { limitedByGenerator: limit } = result;
  const doubt = limit === null ? '' : `; the generator was the limit (${limit})`;
  return `${failIf.text}: ${describeFigure(failIf, result)}${doubt}`;
}

/** `p99 was 77.3 ms` */
export function describeFigure(failIf: FailIf, result: JudgedFigures): string {
  const { figure } = failIf;
  const [name = '', percent] = figure.split(' ');
  const value = figureOf(figure, result);
  if (value === null) return `${name} ${whyUnknown(failIf, result)}`;
  if (kindOf(name) === 'time') return `${name} was ${timeText(value)}`;
  return `${name} was ${percent === undefined ? countText(value) : shareText(value)}`;
}

function whyUnknown(failIf: FailIf, { latency, overhead }: JudgedFigures): string {
  const percentile = percentileOf(failIf);
  if (percentile === null) return 'was not measured';
  const least = MIN_SAMPLES[percentile];
  const remedy = 'use a longer --duration or a higher --rate';
  if (isOfComparison(failIf)) {
    return overhead?.total == null
      ? 'was not measured'
      : `cannot be judged: each round needs ${least} samples on both ways; ${remedy}`;
  }
  const found = latency[PREFIXES.get(split(failIf.figure).prefix)!];
  if (found === null) return 'was not measured';
  return `cannot be judged: it needs ${least} samples, and there are ${found.count}; ${remedy}`;
}

function kindOf(figure: string): Unit | undefined {
  if (figure === 'errors') return 'errors';
  if (figure === 'rate') return 'number';
  if (WORDS.has(figure)) return 'time';
  const { prefix, word } = split(figure);
  if (!WORDS.has(word)) return undefined;
  if (prefix === 'ratio') return 'number';
  return prefix === 'added' || PREFIXES.has(prefix) ? 'time' : undefined;
}

function factorOf(kind: Unit, unit: string | undefined): number | undefined {
  if (kind === 'time') return unit === undefined ? undefined : UNITS_US[unit];
  if (unit === undefined) return 1;
  return kind === 'errors' && unit === '%' ? 0.01 : undefined;
}

function figureOf(figure: string, result: JudgedFigures): number | null {
  const { asked, achieved, errors, latency, overhead } = result;
  if (figure === 'rate') return doneRate(asked.work, achieved);
  if (figure === 'errors') return errorsOf(errors);
  if (figure === 'errors %') return errorShare(result);
  const { prefix, word } = split(figure);
  const percentile = WORDS.get(word)!;
  if (prefix === 'added') return overhead?.total?.[percentile]?.difference.median ?? null;
  if (prefix === 'ratio') return overhead?.total?.[percentile]?.ratio.median ?? null;
  return latency[PREFIXES.get(prefix)!]?.[percentile] ?? null;
}

/** `connect.p99.9` → connect, p99.9. Without a prefix it is the total. */
function split(figure: string): { readonly prefix: string; readonly word: string } {
  if (WORDS.has(figure)) return { prefix: 'total', word: figure };
  const dot = figure.indexOf('.');
  return { prefix: figure.slice(0, Math.max(dot, 0)), word: figure.slice(dot + 1) };
}
