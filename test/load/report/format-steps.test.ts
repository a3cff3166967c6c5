import test from 'ava';
import { formatSteps, foundSentence, rampSentence, stepText } from '../../../src/load/report/format-steps.ts';
import { createReport } from '../../../src/load/report/report.ts';
import type { LoadResult } from '../../../src/load/result.ts';
import type { FoundRate, Ramp, Step } from '../../../src/load/step.ts';
import { CALM } from '../sample-result.ts';

function step(rate: number, why: string | null = null): Step {
  const { achieved, latency, errors, goodAnswers, wrongClients, unknownClients } = CALM;
  const figures = { achieved: { ...achieved, requestsPerSecond: rate }, latency, errors };
  const holds = why === null;
  return {
    rate,
    ...figures,
    goodAnswers,
    wrongClients,
    unknownClients,
    limitedByGenerator: null,
    holds,
    why,
  };
}

const STEPS = [step(100), step(200), step(400, 'p99 was 7.10 ms'), step(283)];
const FOUND: FoundRate = { condition: 'p99<5ms', rate: 283, brokenAt: 400, endedBy: 'found', steps: STEPS };
const SOUGHT: LoadResult = { ...CALM, asked: { ...CALM.asked, find: 'p99<5ms', rate: 283 }, found: FOUND };
const RAMP: Ramp = { from: 100, to: 400, brokenAt: null, steps: [step(100), step(400)] };

test('a search is told step by step, with the figures of the best, and ends with what it has found', (t) => {
  const lines = formatSteps(SOUGHT).split('\n');
  t.is(
    lines[0],
    'http to 127.0.0.1:8080, PROXY v2, the highest rate with p99<5ms, poisson, steps of 1 s or more, 1 thread',
  );
  t.deepEqual(lines.slice(3, 8), [
    '  asked/s  done/s  count     p50     p95      p99  errors',
    '  100         100  1,000  100 µs  500 µs  1.00 ms       0  holds',
    '  200         200  1,000  100 µs  500 µs  1.00 ms       0  holds',
    '  400         400  1,000  100 µs  500 µs  1.00 ms       0  p99 was 7.10 ms',
    '  283         283  1,000  100 µs  500 µs  1.00 ms       0  holds',
  ]);
  t.is(lines[9], 'at 283/s');
  t.regex(lines[10]!, /\(asked: 283\/s\)$/);
  t.is(lines.at(-1), 'p99<5ms holds up to 283/s, and not at 400/s (p99 was 7.10 ms).');
  for (const line of lines.slice(3, 8)) t.true(line.length <= 80);
});

const ENDS: readonly (readonly [parts: Partial<FoundRate>, sentence: string])[] = [
  [
    { endedBy: 'generator', brokenAt: null },
    'p99<5ms holds at 283/s, and perhaps above: at 283/s the generator was the limit.',
  ],
  [
    { endedBy: 'generator' },
    'p99<5ms holds at 283/s, and not at 400/s (p99 was 7.10 ms); between them, at 283/s, the generator was the limit.',
  ],
  [
    { endedBy: 'generator', rate: null, brokenAt: null },
    'p99<5ms: unknown. The generator was the limit already at 283/s.',
  ],
  [{ endedBy: 'most_rate', brokenAt: null }, 'p99<5ms holds at 283/s, the highest rate that --find tries.'],
  [{ endedBy: 'least_rate', rate: null }, 'p99<5ms does not hold at 100/s.'],
  [{ endedBy: 'signal', rate: null }, 'p99<5ms does not hold at 100/s, and lower rates were not tried.'],
  [{ endedBy: 'signal', brokenAt: null }, 'p99<5ms holds at 283/s; higher rates were not tried.'],
  [
    { endedBy: 'signal' },
    'p99<5ms holds up to 283/s, and not at 400/s (p99 was 7.10 ms); the rates between were not searched to the end.',
  ],
];

for (const [parts, sentence] of ENDS) {
  test(`a search that ended: ${sentence}`, (t) => {
    t.is(foundSentence({ ...FOUND, ...parts }), sentence);
  });
}

test('a ramp tells where it broke, and what was the last that held', (t) => {
  t.is(rampSentence(RAMP), 'All steps held, up to 400/s.');
  t.is(rampSentence({ ...RAMP, to: 500 }), 'Held up to 400/s.');
  const broken = { ...RAMP, brokenAt: 400, steps: [step(100), step(400, 'does not keep up'), step(700)] };
  t.is(rampSentence(broken), 'Broke at 400/s (does not keep up); 100/s held.');
  const early = { ...RAMP, brokenAt: 100, steps: [step(100, '3 wrong clients')] };
  t.is(rampSentence(early), 'Broke at 100/s (3 wrong clients).');
});

test("a step of which the generator was the limit is not the endpoint's, and no step at all if its second try is good", (t) => {
  const limited = { ...step(200, 'generator limit: processor'), limitedByGenerator: 'processor' } as const;
  t.regex(stepText({ ...step(100), limitedByGenerator: 'processor' }, 'http'), /: holds; generator late$/);
  const once = { ...RAMP, steps: [step(100), limited, step(200), step(400)] };
  t.is(rampSentence(once), 'All steps held, up to 400/s.');
  const twice = { ...RAMP, steps: [step(100), limited, limited] };
  t.is(rampSentence(twice), 'Held up to 100/s. At 200/s the generator was the limit.');
  t.is(rampSentence({ ...RAMP, steps: [limited] }), 'No step held. At 200/s the generator was the limit.');
});

test('a step on one line has its rate, its samples and its verdict', (t) => {
  t.is(
    stepText(step(400, 'p99 was 7.10 ms'), 'http'),
    '400/s: 400/s done, p99 1.00 ms (1,000 samples): p99 was 7.10 ms',
  );
  const { latency } = CALM;
  const total = { ...latency.total!, p99: null };
  t.is(stepText({ ...step(0.5), latency: { ...latency, total } }, 'http'), '0.5/s: 0.50/s done: holds');
});

test('what ended early and what the generator was the limit of is said of steps, too', (t) => {
  const text = formatSteps({ ...SOUGHT, endedEarly: true, limitedByGenerator: 'processor' });
  t.regex(text, /\nended early: the steps cover the time until then\n/);
  t.regex(text, /\nTHE GENERATOR WAS THE LIMIT \(processor\): /);
});

test('the report has the steps as a table and a picture, and the sentence above', (t) => {
  const page = createReport(SOUGHT, null);
  t.regex(
    page,
    /<p class="answer">p99&lt;5ms holds up to 283\/s, and not at 400\/s \(p99 was 7\.10 ms\)\.<\/p>/,
  );
  t.regex(page, /<h2>Step by step<\/h2><p>All figures below are those of the step at 283 a second\.<\/p>/);
  t.regex(page, /<tr><td>400<\/td><td>p99 was 7\.10 ms<\/td><td>400<\/td><td>1,000<\/td>/);
  t.regex(page, /<div class="picture" id="steps"><\/div>/);
  t.notRegex(createReport(CALM, null), /id="steps"/);
});
