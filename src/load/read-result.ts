import { FAILURE_KINDS } from './failures.ts';
import { PERCENTILES } from './histogram.ts';
import { WORKS } from './plan.ts';
import type { LoadResult } from './result.ts';
import { TIMES } from './tally.ts';

const SCHEMA: LoadResult['schema'] = 2;
const NOT_OURS = 'it is not what herald load --json writes';
const RATES = ['connectionsPerSecond', 'requestsPerSecond'] as const;

type Fields = { readonly [key: string]: unknown };

/** A result that was written before; what is wrong with the text, if it is none. */
export function readResult(text: string): LoadResult | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'it is no JSON' };
  }
  if (!isPart(value)) return { problem: NOT_OURS };
  if (value.schema !== SCHEMA) {
    const found = value.schema === undefined ? 'without a schema, of an older Herald' : 'of another schema';
    return { problem: `it is ${found}: its figures are not comparable; this Herald writes schema ${SCHEMA}` };
  }
  if (!isAsked(value.asked) || typeof value.at !== 'string') return { problem: NOT_OURS };
  if (value.direct !== undefined && !isPart(value.direct)) return { problem: NOT_OURS };
  return value as unknown as LoadResult;
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

function isAsked(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { work, clients, durationMs, warmupMs } = value;
  return (
    WORKS.some((each) => each === work) &&
    Array.isArray(clients) &&
    [durationMs, warmupMs].every((each) => typeof each === 'number')
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
