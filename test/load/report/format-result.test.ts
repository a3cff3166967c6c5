import test from 'ava';
import { runTitle } from '../../../src/load/describe-plan.ts';
import { formatResult } from '../../../src/load/report/format-result.ts';
import { CALM, RESULT } from '../sample-result.ts';

test('a calm run is told in a few lines', (t) => {
  t.is(
    formatResult(CALM, null),
    `http to 127.0.0.1:8080, PROXY v2, 1,000/s poisson, 1 s, 1 thread
open loop: arrivals do not wait for the endpoint; times count from the due time

  990 connections/s, 1,000 requests/s (asked: 1,000/s)
  391 KiB/s sent, 586 KiB/s received

              count     p50     p90     p95      p99    p99.9      max
  connect       980   20 µs   30 µs   35 µs    40 µs        –    60 µs
  first byte    990   60 µs  120 µs  300 µs   900 µs        –  4.00 ms
  total       1,000  100 µs  200 µs  500 µs  1.00 ms  3.00 ms  5.00 ms

  no errors
  clients: 0 right, none wrong`,
  );
});

test('what went wrong is told: errors by kind, wrong clients, an early end, and a generator that was the limit', (t) => {
  const text = formatResult({ ...RESULT, wrongClients: 10 }, null);
  t.regex(text, / {2}4 × reset: the connection was reset/);
  t.regex(text, / {2}6 × ended: /);
  t.regex(text, /clients: 0 right, 10 WRONG/);
  t.regex(text, /ended early/);
  t.regex(text, /THE GENERATOR WAS THE LIMIT \(processor\): /);
});

test('a comparison shows both ways, and what is between them with its interval', (t) => {
  const text = formatResult(RESULT, null);
  t.regex(text, /\ndirect\n[\s\S]*\nthrough\n/);
  t.regex(text, / {2}total +p99 +50 µs +45 µs … 55 µs +1\.50 +1\.35 … 1\.65 +10\n/);
  t.notRegex(text, /connect +p99/);
});

test('another run stands beside this one', (t) => {
  const text = formatResult(CALM, { ...CALM, latency: { ...CALM.latency, total: null }, at: 'yesterday' });
  t.regex(text, /compared with the run of yesterday: http to 127\.0\.0\.1:8080/);
  t.regex(text, / {2}a second +1,000 +1,000 +1\.00\n/);
  t.regex(text, / {2}total p99 +1\.00 ms +– +–\n/);
  t.regex(text, / {2}samples +1,000 +– +–\n/);
  t.is(text.split('\n')[0], runTitle(CALM.asked));
});

test('a closed loop is named so, and those who are held have no rate', (t) => {
  const closed = {
    ...CALM,
    asked: { ...CALM.asked, mode: 'closed loop', rate: 'max', connections: 8 },
  } as const;
  t.regex(formatResult(closed, null), /\nclosed loop: .* a stall delays only outstanding requests\n/);
  t.regex(runTitle(closed.asked), /as fast as 8 connections can/);
  const held = {
    ...CALM.asked,
    work: 'idle',
    mode: 'held connections',
    rate: null,
    connections: 300,
  } as const;
  const achieved = { ...CALM.achieved, open: 299 };
  t.regex(formatResult({ ...CALM, asked: held, achieved }, null), /299 of 300 connections open at the end/);
});

test('a comparison ends with its sentence; a percentile without enough samples in a round has none', (t) => {
  t.is(formatResult(RESULT, null).split('\n').at(-1), RESULT.headline);
  const total = { ...RESULT.overhead!.total!, p999: null };
  const text = formatResult(
    { ...RESULT, overhead: { connect: null, firstByte: null, total, throughput: null } },
    null,
  );
  t.regex(text, / {2}total +p99\.9 +– +– +– +– +–\n/);
  const none = { connect: null, firstByte: null, total: null, throughput: null };
  t.regex(
    formatResult({ ...RESULT, overhead: none }, null),
    /unknown: no round is complete, or none has enough/,
  );
});

test('of runs that are not of the same kind the first line says what differs, and what was wrong with either', (t) => {
  const other = {
    ...CALM,
    asked: { ...CALM.asked, to: '127.0.0.1:9', durationMs: 5000 },
    limitedByGenerator: 'processor',
    wrongClients: 3,
    errors: { ...CALM.errors, reset: 2 },
  } as const;
  const [first, second] = formatResult({ ...CALM, endedEarly: true }, other).split('\n');
  t.is(
    first,
    'THE COMPARED RUNS DIFFER (that run: 2026-01-02T03:04:05.678Z): --to 127.0.0.1:8080, that run 127.0.0.1:9; --duration 1s, that run 5s; this run was ended early; the generator was the limit of that run (processor); that run had 3 wrong clients; that run had 2 errors',
  );
  t.is(second, '');
});

test('a rate of nothing in the other run has no ratio', (t) => {
  const achieved = { ...CALM.achieved, requestsPerSecond: 0, connectionsPerSecond: 0 };
  t.regex(formatResult(CALM, { ...CALM, achieved }), / {2}a second +1,000 +0 +–\n/);
});

test('only what a work has is told: connections without requests, and requests over kept connections', (t) => {
  const connect = { ...CALM, asked: { ...CALM.asked, work: 'connect', rate: 990 } } as const;
  t.regex(formatResult(connect, null), /\n {2}990 connections\/s \(asked: 990\/s\)\n/);
  const kept = { ...CALM, asked: { ...CALM.asked, keep: true } };
  const achieved = { ...CALM.achieved, connectionsPerSecond: 0, open: 32 };
  t.regex(formatResult({ ...kept, achieved }, null), /\n {2}1,000 requests\/s over 32 connections \(asked/);
});

test('no line of figures is wider than a terminal of 80 columns', (t) => {
  const wide = { count: 1_000_000, p50: 123_456, p90: 123_456, p95: 123_456, p99: 123_456, p999: 123_456 };
  const figures = { ...wide, max: 123_456 };
  const latency = { connect: figures, firstByte: figures, total: figures };
  const text = formatResult({ ...CALM, latency }, null);
  for (const line of text.split('\n').filter((each) => / ms|count/.test(each)))
    t.true(line.length <= 80, line);
});

test('of two comparisons what was added is compared, too, and no ratio is made of less than nothing', (t) => {
  const { total } = RESULT.overhead!;
  const faster = { ...total!.p50!, difference: { median: -5, low: -9, high: -1, count: 10 } };
  const other = {
    ...RESULT,
    overhead: { ...RESULT.overhead!, total: { ...total!, p50: faster, p99: null } },
  };
  const text = formatResult(RESULT, other);
  t.regex(
    text,
    / {2}added p50 +50 µs +-5 µs +–\n {2}added p95 +50 µs +50 µs +1\.00\n {2}added p99 +50 µs +– +–\n/,
  );
  t.notRegex(formatResult(CALM, CALM), /added/);
});
