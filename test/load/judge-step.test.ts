import test from 'ava';
import { type FailIf, parseFailIf } from '../../src/load/fail-if.ts';
import { judgeRamped, judgeSought, leastRateOf, stepMs } from '../../src/load/judge-step.ts';
import type { LoadResult } from '../../src/load/result.ts';
import { CALM } from './sample-result.ts';

const condition = (text: string): FailIf => parseFailIf(text)!;
const withErrors = (reset: number): LoadResult => ({ ...CALM, errors: { ...CALM.errors, reset } });
const few = { count: 99, p50: 1, p90: 1, p95: 1, p99: null, p999: null, max: 1 };

/** The sample has 990 requests, a p99 of 1 ms, a p99.9 of 3 ms and a slowest of 5 ms. */
const SOUGHT: readonly (readonly [what: string, text: string, result: LoadResult, why: string | null])[] = [
  ['its condition holds', 'p99<2ms', CALM, null],
  ['its condition holds at the limit', 'p99<=1ms', CALM, null],
  ['its condition does not hold', 'p99<1ms', CALM, 'p99 was 1.00 ms'],
  [
    'a percentile has too few samples',
    'p99<1s',
    { ...CALM, latency: { ...CALM.latency, total: few } },
    'p99: too few samples',
  ],
  ['nothing was measured of it', 'connect.p99.9<1s', CALM, 'connect.p99.9: too few samples'],
  [
    'the generator was the limit, and its condition does not hold',
    'p99<1ms',
    { ...CALM, limitedByGenerator: 'local_ports' },
    'generator limit: local_ports',
  ],
  [
    'the generator was the limit, and not all came that should',
    'p99<2ms',
    {
      ...CALM,
      limitedByGenerator: 'processor',
      achieved: { ...CALM.achieved, requests: 700, connections: 700 },
    },
    'generator limit: processor',
  ],
  [
    'its condition holds although the generator was late',
    'p99<2ms',
    { ...CALM, limitedByGenerator: 'processor' },
    null,
  ],
  ['a client was wrong', 'p99<2ms', { ...CALM, wrongClients: 1 }, '1 wrong clients'],
  ['an answer named nobody', 'p99<2ms', { ...CALM, unknownClients: 2 }, '2 answers named no client'],
  ['less than one of a hundred fails', 'p99<2ms', withErrors(9), null],
  ['more than one of a hundred fails', 'p99<2ms', withErrors(11), '1.10 % errors'],
  [
    'more than one of a hundred fails, and the median is asked for',
    'p50<2ms',
    withErrors(11),
    '1.10 % errors',
  ],
  ['more fail than lie above p99.9', 'p99.9<9ms', withErrors(2), '0.20 % errors'],
  ['one fails, and the slowest is asked for', 'max<9ms', withErrors(1), '0.10 % errors'],
  ['as many fail as may', 'errors<2%', withErrors(11), null],
  ['more fail than may', 'errors<1%', withErrors(11), 'errors was 1.10 %'],
  ['nothing was done at all', 'p99<2ms', { ...CALM, goodAnswers: 0 }, 'nothing was measured'],
];

for (const [what, text, result, why] of SOUGHT) {
  test(`a step of --find ${text} where ${what}: ${why ?? 'holds'}`, (t) => {
    const step = judgeSought(result, condition(text));
    t.deepEqual([step.holds, step.why], [why === null, why]);
    t.like(step, { rate: 1000, latency: result.latency, wrongClients: result.wrongClients });
  });
}

const done = (requests: number, seconds = 1): LoadResult => ({
  ...CALM,
  achieved: { ...CALM.achieved, connections: requests, requests, seconds },
});

test('a step of a ramp breaks if a --fail-if holds, or nobody can tell', (t) => {
  t.is(judgeRamped(CALM, [condition('p99>2ms'), condition('max>1s')]).why, null);
  t.is(judgeRamped(CALM, [condition('p99>2ms'), condition('max>4ms')]).why, 'max was 5.00 ms');
  const short = { ...CALM, latency: { ...CALM.latency, total: few } };
  t.is(judgeRamped(short, [condition('p99>2ms')]).why, 'p99: too few samples');
});

test('without one it breaks if more than one of a hundred fails, or the endpoint does not keep up', (t) => {
  t.is(judgeRamped(withErrors(11), []).why, '1.10 % errors');
  t.is(judgeRamped(done(750), []).why, 'does not keep up');
  t.is(judgeRamped(done(800), []).why, null);
  // With 10,000 arrivals, chance allows less.
  t.is(judgeRamped(done(8500, 10), []).why, 'does not keep up');
  t.is(judgeRamped({ ...CALM, limitedByGenerator: 'processor' }, []).why, null);
  t.is(judgeRamped({ ...done(750), limitedByGenerator: 'processor' }, []).why, 'generator limit: processor');
});

test('a step of which all fails breaks, whatever its --fail-if allows', (t) => {
  const failed = { ...withErrors(990), goodAnswers: 0 };
  t.is(judgeRamped(failed, [condition('max>1s')]).why, '100 % errors');
  const silent = { ...CALM, achieved: { ...CALM.achieved, requests: 0 } };
  t.is(judgeRamped(silent, []).why, 'does not keep up');
});

test('a step is as long as its percentile needs, within limits', (t) => {
  t.is(stepMs([condition('p99<5ms')], 100, 500), 2000);
  t.is(stepMs([condition('p99<5ms')], 10_000, 500), 500);
  t.is(stepMs([condition('p99.9<5ms'), condition('p50<5ms')], 1000, 500), 2000);
  t.is(stepMs([condition('p99.9<5ms')], 1, 500), 20_000);
  t.is(stepMs([condition('errors<0.1%')], 1000, 500), 2000);
  t.is(stepMs([], 1, 500), 10_000, 'of one arrival on average a third of all steps has none');
  t.is(stepMs([], 0.1, 500), 20_000);
  t.is(stepMs([], 20, 500), 500);
  t.deepEqual(
    ['p50<5ms', 'p99<5ms', 'p99.9<5ms'].map((text) => leastRateOf(condition(text))),
    [10, 10, 100],
  );
});
