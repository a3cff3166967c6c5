import { accept, parseAll, refuse, type ValueType } from '../config/value-type.ts';
import { readEndpoint } from '../config/values/endpoints.ts';
import { FAIL_IF_EXPECTED, type FailIf, isOfComparison, parseFailIf, percentileOf } from '../load/fail-if.ts';
import type { LoadEndpoint } from '../load/load-plan.ts';
import { parseRamp, type RateRange } from '../load/step.ts';

const ENDPOINT_EXPECTED = 'an address such as 10.0.0.5:8080, [fd00::5]:8080 or unix:/run/app.sock';
const RATE_EXPECTED = 'arrivals a second, such as 500 or 0.5, or max';
const FIND_EXPECTED =
  'a percentile or a share of errors, <, and a limit, such as p99<5ms, first-byte.p95<=20ms or errors<1%';
const RAMP_EXPECTED = 'two rates of arrivals, the lower one first, such as 100..5000';
/** Beyond it, gaps are shorter than the resolution of the clock. */
export const MOST_RATE = 1_000_000;

/** One endpoint: a host and a port, or a unix socket. */
export const endpoint: ValueType<LoadEndpoint> = {
  arity: 'one',
  values: 'ADDR',
  expected: ENDPOINT_EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => {
    if (text.includes(',')) return refuse('given_twice', 'one endpoint', text);
    const parsed = readEndpoint(text, ENDPOINT_EXPECTED);
    if (!('value' in parsed)) return parsed;
    const { value } = parsed;
    return accept(value.kind === 'unix' ? value : { kind: 'tcp', ip: value.ip!, port: value.port });
  },
};

/** Arrivals per second, or `max`. */
export const rate: ValueType<number | 'max'> = {
  arity: 'one',
  values: 'number, or `max`',
  expected: RATE_EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => {
    if (text === 'max') return accept(text);
    if (!/^\d+(?:\.\d+)?$/.test(text) || Number(text) === 0)
      return refuse('invalid_rate', RATE_EXPECTED, text);
    return Number(text) > MOST_RATE
      ? refuse('too_large', `at most ${MOST_RATE}`, text)
      : accept(Number(text));
  },
};

/** Conditions that fail a run. */
export const failIf: ValueType<readonly FailIf[]> = {
  arity: 'repeated',
  values: 'FIGURE>LIMIT or FIGURE<LIMIT',
  expected: FAIL_IF_EXPECTED,
  file: { kind: 'list' },
  parse: (texts) =>
    parseAll(texts, (text) => {
      const parsed = parseFailIf(text);
      return parsed === undefined ? refuse('invalid_fail_if', FAIL_IF_EXPECTED, text) : accept(parsed);
    }),
};

/** The condition of a search for the highest rate. */
export const find: ValueType<FailIf> = {
  arity: 'one',
  values: 'FIGURE<LIMIT',
  expected: FIND_EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => {
    const parsed = parseFailIf(text);
    if (parsed === undefined || parsed.over || parsed.limit === 0 || isOfComparison(parsed))
      return refuse('invalid_find', FIND_EXPECTED, text);
    const isJudged = percentileOf(parsed) !== null || parsed.figure === 'errors %';
    return isJudged ? accept(parsed) : refuse('invalid_find', FIND_EXPECTED, text);
  },
};

/** First and last rate of a ramp. */
export const ramp: ValueType<RateRange> = {
  arity: 'one',
  values: 'FROM..TO',
  expected: RAMP_EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => {
    const parsed = parseRamp(text);
    if (parsed === undefined) return refuse('invalid_ramp', RAMP_EXPECTED, text);
    return parsed.to > MOST_RATE ? refuse('too_large', `at most ${MOST_RATE}`, text) : accept(parsed);
  },
};
