import test from 'ava';
import { verdictOf } from '../../src/cli/load-verdict.ts';
import { parseFailIf } from '../../src/load/fail-if.ts';
import type { LoadResult } from '../../src/load/result.ts';
import type { Step } from '../../src/load/step.ts';
import { CALM, RESULT } from '../load/sample-result.ts';

const SLOW = [parseFailIf('p99>0.5ms')!];
const LIMITED: LoadResult = { ...CALM, limitedByGenerator: 'processor' };
const NOTHING = {
  ...CALM,
  goodAnswers: 0,
  errors: { ...CALM.errors, reset: 5 },
};

/** Which of several ends a run has: 3 before 1, and 1 before 4. */
const ROWS: readonly (readonly [
  what: string,
  result: LoadResult,
  failIfs: readonly (typeof SLOW)[number][],
  unwritten: readonly string[],
  status: number,
])[] = [
  ['nothing is wrong', CALM, [], [], 0],
  ['the generator was the limit', LIMITED, [], [], 4],
  ['a --fail-if holds', CALM, SLOW, [], 3],
  ['a --fail-if holds, and the generator was the limit', LIMITED, SLOW, [], 3],
  ['a file could not be written', CALM, [], ['cannot write x: y'], 1],
  ['a file could not be written, and the generator was the limit', LIMITED, [], ['cannot write x: y'], 1],
  ['no answer is good', NOTHING, [], [], 1],
  ['no answer is good, and a --fail-if holds', NOTHING, SLOW, ['cannot write x: y'], 3],
  ['a client is wrong, and the generator was the limit', { ...LIMITED, wrongClients: 1 }, [], [], 3],
  ['an answer named nobody', { ...CALM, unknownClients: 1 }, [], [], 3],
  [
    'the direct way has a wrong client',
    { ...RESULT, direct: { ...RESULT.direct!, wrongClients: 1 } },
    [],
    [],
    3,
  ],
];

for (const [what, result, failIfs, unwritten, status] of ROWS) {
  test(`where ${what} the status is ${status}, and each is told`, (t) => {
    const verdict = verdictOf(result, failIfs, unwritten);
    t.is(verdict.status, status);
    t.is(verdict.lines.length > 0, status !== 0 && status !== 4);
    for (const line of unwritten) t.true(verdict.lines.includes(line));
  });
}

function step(rate: number, parts: Partial<Step> = {}): Step {
  const { achieved, latency, errors, goodAnswers, wrongClients, unknownClients } = CALM;
  const figures = { achieved, latency, errors, goodAnswers, wrongClients, unknownClients };
  return { rate, ...figures, limitedByGenerator: null, holds: true, why: null, ...parts };
}

test('a search that finds no rate has failed, and one that a signal or the generator ended has not', (t) => {
  const found = { condition: 'p99<1ms', rate: null, brokenAt: 10, steps: [step(10)] };
  const verdict = verdictOf({ ...CALM, found: { ...found, endedBy: 'least_rate' } }, [], []);
  t.deepEqual(verdict, { status: 3, lines: ['failed: p99<1ms does not hold at 10/s.'] });
  t.is(verdictOf({ ...CALM, found: { ...found, endedBy: 'signal' } }, [], []).status, 0);
  t.is(verdictOf({ ...LIMITED, found: { ...found, endedBy: 'generator' } }, [], []).status, 4);
});

test('of a ramp each step is judged, of two at one rate the later one; clients of all of them', (t) => {
  const slow = { ...CALM.latency, total: { ...CALM.latency.total!, p99: 9000 } };
  const failIfs = [parseFailIf('p99>5ms')!];
  const hiccup = step(100, { latency: slow, limitedByGenerator: 'processor', holds: false, why: 'x' });
  const ramp = { from: 100, to: 200, brokenAt: null };
  t.is(
    verdictOf({ ...CALM, ramp: { ...ramp, steps: [hiccup, step(100), step(200)] } }, failIfs, []).status,
    0,
  );
  t.deepEqual(
    verdictOf({ ...CALM, ramp: { ...ramp, steps: [step(100), step(200, { latency: slow })] } }, failIfs, []),
    { status: 3, lines: ['failed: at 200/s: p99>5ms: p99 was 9.00 ms'] },
  );
  const wrong = { ...CALM, ramp: { ...ramp, steps: [step(100, { wrongClients: 2 }), step(200)] } };
  t.deepEqual(verdictOf(wrong, [], []), {
    status: 3,
    lines: ['failed: 2 clients were seen with another address'],
  });
});
