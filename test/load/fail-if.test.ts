import test from 'ava';
import { describeBroken, isBroken, parseFailIf } from '../../src/load/fail-if.ts';
import { RESULT } from './sample-result.ts';

/** Conditions for a sample with a total of p50 100 µs … max 5 ms, 1,000/s, 10 errors of 1,000, and an overhead. */
const ROWS: readonly (readonly [text: string, broken: boolean])[] = [
  ['p50>99us', true],
  ['p50>100us', false],
  ['p50>=100us', true],
  ['p50<=100us', true],
  ['p50<100us', false],
  ['p95>499us', true],
  ['connect.p95>35us', false],
  ['added.p95>=50us', true],
  ['p99 > 0.9ms', true],
  ['p99>1ms', false],
  ['p99.9>1ms', true],
  ['max>0.004s', true],
  ['max>5ms', false],
  ['total.p90>199us', true],
  ['connect.p50>1us', true],
  ['connect.p99.9>1s', true],
  ['first-byte.p50>0us', true],
  ['errors>9', true],
  ['errors>10', false],
  ['errors>0.9%', true],
  ['errors>1%', false],
  ['rate<1000', false],
  ['rate<=1000', true],
  ['rate<1000.5', true],
  ['added.p50>49us', true],
  ['added.p50>50us', false],
  ['ratio.p99>1.4', true],
  ['ratio.p99>1.5', false],
];

for (const [text, broken] of ROWS) {
  test(`${text} ${broken ? 'holds' : 'does not hold'} of the sample`, (t) => {
    const parsed = parseFailIf(text)!;
    t.is(parsed.text, text);
    t.is(isBroken(parsed, RESULT), broken);
  });
}

for (const text of [
  ...[
    '',
    'p99',
    'p99>',
    'p99>5',
    'p99>5%',
    'p99>5min',
    'p99>-5ms',
    'p98>5ms',
    'p99=5ms',
    'p99>>5ms',
    '5ms>p99',
  ],
  ...[
    'errors>1ms',
    'rate<1%',
    'rate<1s',
    'ratio.p99>5ms',
    'added.p99>5',
    'ratio>1',
    'added>1ms',
    'p50.p50>1ms',
  ],
  ...[
    'constructor.p50>1ms',
    'toString>1ms',
    'total.constructor>1ms',
    'P99>5ms',
    'p99>5ms p50>1ms',
    'firstByte.p50>1ms',
  ],
]) {
  test(`${JSON.stringify(text)} is no --fail-if`, (t) => {
    t.is(parseFailIf(text), undefined);
  });
}

test('a figure that was not measured is a failure, whatever its limit', (t) => {
  const { overhead: _, ...alone } = RESULT;
  const empty = { ...alone, latency: { connect: null, firstByte: null, total: null } };
  for (const text of ['p99>1s', 'p99<1s', 'connect.max>1s', 'added.p50>1s', 'ratio.p50<9']) {
    t.true(isBroken(parseFailIf(text)!, empty), text);
  }
});

test('a failure says what was measured, and that the generator was the limit', (t) => {
  const calm = { ...RESULT, limitedByGenerator: null };
  const told = (text: string, result = calm) => describeBroken(parseFailIf(text)!, result);
  t.is(told('p99>0.5ms'), 'p99>0.5ms: p99 was 1.00 ms');
  t.is(told('errors>0.5%'), 'errors>0.5%: errors was 1.00 %');
  t.is(told('ratio.p99>1.1'), 'ratio.p99>1.1: ratio.p99 was 1.50');
  t.is(
    describeBroken(parseFailIf('rate<2000')!, RESULT),
    'rate<2000: rate was 1,000; the generator was the limit (processor)',
  );
});

test('an endpoint that accepts and never answers has a rate of nothing', (t) => {
  const achieved = { ...RESULT.achieved, requests: 0, requestsPerSecond: 0 };
  t.true(isBroken(parseFailIf('rate<10')!, { ...RESULT, achieved }));
  const asked = { ...RESULT.asked, work: 'connect' } as const;
  t.false(isBroken(parseFailIf('rate<10')!, { ...RESULT, asked, achieved }));
});
