import test from 'ava';
import type { Asked } from '../../../src/load/describe-plan.ts';
import { remarksOf, whyIncomparable } from '../../../src/load/report/compare-runs.ts';
import { CALM, RESULT } from '../sample-result.ts';

const PING: Asked = { ...CALM.asked, work: 'ping' };

/** Each of these differences alone makes two runs incomparable. */
const INCOMPARABLE: readonly (readonly [now: Asked, then: Asked, why: string])[] = [
  [PING, CALM.asked, '--work ping, that run http; --payload 64B, that run none'],
  [PING, { ...PING, payloadBytes: 65 }, '--payload 64B, that run 65B'],
  [{ ...PING, keep: true }, PING, '--keep on, that run off'],
  [CALM.asked, { ...CALM.asked, rate: 500 }, '--rate 1000, that run 500'],
  [CALM.asked, { ...CALM.asked, rate: 'max' }, '--rate 1000, that run max'],
  [CALM.asked, { ...CALM.asked, arrivals: 'constant' }, '--arrivals poisson, that run constant'],
  [{ ...CALM.asked, connections: 8 }, CALM.asked, '--connections 8, that run unlimited'],
  [CALM.asked, RESULT.asked, 'ways --to, that run --direct and --through'],
  [CALM.asked, { ...CALM.asked, find: 'p99<5ms' }, '--find none, that run p99<5ms'],
  [CALM.asked, { ...CALM.asked, ramp: '1..9' }, '--ramp none, that run 1..9'],
];

for (const [now, then, why] of INCOMPARABLE) {
  test(`runs cannot be compared: ${why}`, (t) => {
    t.is(whyIncomparable(now, then), why);
  });
}

test('what may be the reason of a comparison is no obstacle, but is told', (t) => {
  const asked: Asked = {
    ...CALM.asked,
    to: 'unix:/run/x',
    send: 'v1',
    clients: [],
    durationMs: 2000,
    warmupMs: 500,
    threads: 2,
    verify: false,
  };
  t.is(whyIncomparable(CALM.asked, asked), null);
  t.deepEqual(remarksOf(CALM, { ...CALM, asked }), [
    '--to 127.0.0.1:8080, that run unix:/run/x',
    '--send v2, that run v1',
    "--clients 203.0.113.0/24, that run the machine's own",
    '--duration 1s, that run 2s',
    '--warmup 0s, that run 0.5s',
    '--threads 1, that run 2',
    '--verify on, that run off',
  ]);
});

test('two calm runs of the same have nothing to be told, and a payload that no work has is none', (t) => {
  t.deepEqual(remarksOf(CALM, CALM), []);
  t.is(whyIncomparable(CALM.asked, { ...CALM.asked, payloadBytes: 1 }), null);
});

test('a run of which the generator was the limit, or that saw wrong clients, is marked on either side', (t) => {
  const wrong = { ...CALM, limitedByGenerator: 'descriptors', wrongClients: 1, unknownClients: 2 } as const;
  const faults = (name: string) => [
    `the generator was the limit of ${name} (descriptors)`,
    `${name} had 1 wrong clients`,
    `${name} had 2 answers that named no client`,
  ];
  t.deepEqual(remarksOf(wrong, CALM), faults('this run'));
  t.deepEqual(remarksOf(CALM, wrong), faults('that run'));
  const direct = { ...RESULT.direct!, wrongClients: 4 };
  t.true(remarksOf(CALM, { ...RESULT, direct }).includes('that run had 4 wrong clients'));
});
