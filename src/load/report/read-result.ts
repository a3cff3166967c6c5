import { FAILURE_KINDS } from '../failures.ts';
import { PERCENTILES } from '../histogram.ts';
import { WORKS } from '../load-plan.ts';
import type { LoadResult } from '../result.ts';
import { TIMES } from '../tally.ts';

const SCHEMA: LoadResult['schema'] = 2;
const NOT_OURS = 'it was not written by herald load --json';
const RATES = ['connectionsPerSecond', 'requestsPerSecond'] as const;
const COUNTS = ['wrongClients', 'unknownClients'] as const;
/** Texts of the file are shown on a terminal; these could change its state. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

type Fields = { readonly [key: string]: unknown };

/** Reads what `--json` wrote; the problem follows the file's name in a message. */
export function readResult(text: string): LoadResult | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text, dropUnprintable);
  } catch {
    return { problem: 'it is not valid JSON' };
  }
  if (!isPart(value)) return { problem: NOT_OURS };
  if (value.schema !== SCHEMA) {
    const found =
      value.schema === undefined ? 'without a schema, written by an older Herald' : 'of another schema';
    return { problem: `it is ${found}: its figures are not comparable; this Herald writes schema ${SCHEMA}` };
  }
  const { asked, at, direct, overhead } = value;
  const isWhole =
    isAsked(asked) &&
    typeof at === 'string' &&
    isCounted(value) &&
    (direct === undefined || (isPart(direct) && isCounted(direct))) &&
    (overhead === undefined || isOverhead(overhead));
  return isWhole ? (value as unknown as LoadResult) : { problem: NOT_OURS };
}

/** A reviver for JSON.parse: drops texts that could change the state of a terminal. */
function dropUnprintable(_key: string, value: unknown): unknown {
  return typeof value === 'string' && UNPRINTABLE.test(value) ? undefined : value;
}

function isPart(value: unknown): value is Fields {
  if (!isFields(value)) return false;
  const { achieved, latency, errors, series, curve } = value;
  if (!isFields(achieved) || !isFields(latency) || !isFields(errors)) return false;
  return (
    RATES.every((key) => typeof achieved[key] === 'number') &&
    FAILURE_KINDS.every((kind) => ['number', 'undefined'].includes(typeof errors[kind])) &&
    TIMES.every((time) => isFigures(latency[time])) &&
    Array.isArray(series) &&
    Array.isArray(curve)
  );
}

function isFigures(value: unknown): boolean {
  if (value === null) return true;
  const isFigure = (figure: unknown) => typeof figure === 'number' || figure === null || figure === undefined;
  return isFields(value) && PERCENTILES.every((each) => isFigure(value[each]));
}

function isCounted(part: Fields): boolean {
  return COUNTS.every((key) => typeof part[key] === 'number');
}

/** For each time and percentile a growth or null. */
function isOverhead(value: unknown): boolean {
  const isSummary = (found: unknown) => isFields(found) && typeof found.median === 'number';
  const isGrowth = (found: unknown) =>
    found == null || (isFields(found) && isSummary(found.difference) && isSummary(found.ratio));
  const isGrowths = (found: unknown) =>
    found === null || (isFields(found) && PERCENTILES.every((each) => isGrowth(found[each])));
  return isFields(value) && TIMES.every((time) => isGrowths(value[time]));
}

function isAsked(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { work, send, clients, rate, connections, durationMs, warmupMs, threads } = value;
  return (
    WORKS.some((each) => each === work) &&
    typeof send === 'string' &&
    Array.isArray(clients) &&
    (rate === 'max' || [rate, connections].every((each) => each === null || typeof each === 'number')) &&
    [durationMs, warmupMs, threads].every((each) => typeof each === 'number') &&
    [value.to, value.direct, value.through, value.find, value.ramp, value.arrivals].every(isText)
  );
}

function isText(value: unknown): boolean {
  return value == null || typeof value === 'string';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
