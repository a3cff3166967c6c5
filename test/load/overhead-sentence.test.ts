import test from 'ava';
import { PERCENTILES, type Percentile } from '../../src/load/histogram.ts';
import type { Growth, Overhead } from '../../src/load/overhead.ts';
import { overheadSentence } from '../../src/load/overhead-sentence.ts';
import { CALM, RESULT } from './sample-result.ts';

type Span = readonly [median: number, low: number, high: number, count?: number];

function growths(spans: Partial<Record<Percentile, Span>>): NonNullable<Overhead['total']> {
  const rows = PERCENTILES.map((each): [Percentile, Growth | null] => {
    const span = spans[each];
    if (span === undefined) return [each, null];
    const [median, low, high, count = 10] = span;
    return [each, { difference: { median, low, high, count }, ratio: { median: 1, low: 1, high: 1, count } }];
  });
  return Object.fromEntries(rows) as NonNullable<Overhead['total']>;
}

const BESIDE = { ...RESULT, errors: CALM.errors, limitedByGenerator: null, endedEarly: false };

function sentence(total: Overhead['total'], parts: Partial<typeof RESULT> = {}): string | null {
  return overheadSentence({
    ...BESIDE,
    overhead: { connect: null, firstByte: null, total, throughput: null },
    ...parts,
  });
}

const ROWS: readonly (readonly [what: string, spans: Partial<Record<Percentile, Span>>, expected: string])[] =
  [
    [
      'the median grows, and the tail may be chance',
      { p50: [264, 73, 359], p95: [9, 1, 20], p99: [80, -20, 900] },
      'adds 264 µs at the median (73 to 359); nothing measurable at p99.',
    ],
    [
      'both grow',
      { p50: [264, 73, 359], p99: [1340, 430, 4320, 5] },
      'adds 264 µs at the median (73 to 359) and 1.34 ms at p99 (0.43 to 4.32).',
    ],
    [
      'only the tail grows',
      { p50: [5, -1, 9], p99: [80, 20, 900] },
      'adds nothing measurable at the median; adds 80 µs at p99 (20 to 900).',
    ],
    [
      'neither can be told from chance, and zero itself is chance',
      { p50: [5, 0, 9], p99: [-80, -200, 0] },
      'adds nothing measurable at the median or at p99.',
    ],
    [
      'it is faster',
      { p50: [-20, -30, -5], p99: [10, 5, 30] },
      'saves 20 µs at the median (5 to 30); adds 10 µs at p99 (5 to 30).',
    ],
    [
      'p99 has too few samples',
      { p50: [264, 73, 359], p95: [300, 100, 900] },
      'adds 264 µs at the median (73 to 359) and 300 µs at p95 (100 to 900).',
    ],
    ['nothing but the median was measured', { p50: [20, 10, 30] }, 'adds 20 µs at the median (10 to 30).'],
  ];

for (const [what, spans, expected] of ROWS) {
  test(`a comparison in one sentence: ${what}`, (t) => {
    t.is(sentence(growths(spans)), `127.0.0.1:8080 ${expected}`);
  });
}

test('of few rounds, or of rounds with few samples, nothing is said of what is added', (t) => {
  t.is(sentence(growths({ p50: [20, 10, 30, 4] })), 'The overhead is unknown: only 4 complete rounds.');
  for (const none of [null, growths({ max: [20, 10, 30] })]) {
    t.regex(sentence(none)!, /^The overhead is unknown: no complete round has enough samples/);
  }
});

test('of a run that was ended early it says that, and gives no advice', (t) => {
  t.is(
    sentence(null, { endedEarly: true }),
    'The overhead is unknown: the run was ended before enough rounds were complete.',
  );
  t.regex(sentence(growths({ p50: [264, 73, 359] }), { endedEarly: true })!, /adds 264 µs at the median/);
});

test('connections that are held are known by their connect', (t) => {
  const overhead = {
    connect: growths({ p50: [20, 10, 30] }),
    firstByte: null,
    total: null,
    throughput: null,
  };
  t.is(
    overheadSentence({ ...BESIDE, asked: { ...BESIDE.asked, work: 'idle' }, overhead }),
    '127.0.0.1:8080 adds 20 µs at the median (10 to 30) to a connect.',
  );
  // If no request was answered, the sentence says why there is no figure.
  const errors = { ...CALM.errors, reset: 105 };
  t.is(
    overheadSentence({ ...BESIDE, overhead, errors, direct: CALM }),
    'The overhead is unknown: no complete round has enough samples; errors: 105 through the proxy, 0 directly.',
  );
});

test('what speaks against relying on it stands behind it', (t) => {
  const total = growths({ p50: [20, 10, 30] });
  const errors = { ...CALM.errors, reset: 2 };
  t.is(
    sentence(total, { limitedByGenerator: 'processor', errors, wrongClients: 3 }),
    '127.0.0.1:8080 adds 20 µs at the median (10 to 30). Unreliable: the generator was the limit (processor); errors: 2 through the proxy, 0 directly; 3 clients were seen with another address.',
  );
});

test('a run of one way has no such sentence', (t) => {
  t.is(overheadSentence(CALM), null);
});

test('of bulk it is the throughput, and of a closed loop that, too', (t) => {
  const overhead = { connect: null, firstByte: null, total: growths({ p50: [20, 10, 30] }) };
  const asked = { ...BESIDE.asked, work: 'bulk' } as const;
  const less = { median: 0.63, low: 0.51, high: 0.8, count: 10 };
  const bulk = (throughput: typeof less | null) =>
    overheadSentence({ ...BESIDE, asked, overhead: { ...overhead, throughput } });
  t.is(bulk(less), 'Throughput through 127.0.0.1:8080: 0.63 times the direct throughput (0.51 to 0.80).');
  t.is(
    bulk({ ...less, high: 1 }),
    'Throughput through 127.0.0.1:8080: no measurable difference (0.51 to 1.00 times the direct throughput).',
  );
  t.regex(bulk({ ...less, count: 1 })!, /^The overhead is unknown: only 1 complete round\./);
  t.regex(bulk(null)!, /^The throughput is unknown/);
  t.is(
    overheadSentence({ ...BESIDE, overhead: { ...overhead, throughput: less } }),
    '127.0.0.1:8080 adds 20 µs at the median (10 to 30). Throughput: 0.63 times the direct throughput (0.51 to 0.80).',
  );
});
