import test from 'ava';
import { formatResult, headline } from '../../src/load/format-result.ts';
import { CALM, RESULT } from './sample-result.ts';

test('a calm run is told in a few lines', (t) => {
  t.is(
    formatResult(CALM, null),
    `http to 127.0.0.1:8080, PROXY v2, 1,000/s poisson, 1 s, 1 thread
open loop: arrivals whatever the endpoint does, times from when each should have begun

  990 connections/s, 1,000 requests/s (asked: 1,000/s)
  391 KiB/s there, 586 KiB/s back

                  p50      p90       p99     p99.9       max
  connect       20 µs    30 µs     40 µs     50 µs     60 µs
  first byte    60 µs   120 µs    900 µs   2.50 ms   4.00 ms
  total        100 µs   200 µs   1.00 ms   3.00 ms   5.00 ms

  no errors
  clients: 0 seen as they are, none wrong`,
  );
});

test('what went wrong is told: errors by kind, wrong clients, an early end, and a generator that was the limit', (t) => {
  const text = formatResult({ ...RESULT, wrongClients: 10 }, null);
  t.regex(text, / {2}4 × reset: the connection was reset/);
  t.regex(text, / {2}6 × ended: /);
  t.regex(text, /clients: 0 seen as they are, 10 WRONG/);
  t.regex(text, /ended early/);
  t.regex(text, /THE GENERATOR WAS THE LIMIT \(processor\): /);
});

test('a comparison shows both ways, and what is between them with its interval', (t) => {
  const text = formatResult(RESULT, null);
  t.regex(text, /\ndirect\n[\s\S]*\nthrough\n/);
  t.regex(text, / {2}total +p99 +50 µs +45 µs … 55 µs +1\.50 +1\.35 … 1\.65\n/);
  t.notRegex(text, /connect +p99/);
});

test('another run stands beside this one', (t) => {
  const text = formatResult(CALM, { ...CALM, latency: { ...CALM.latency, total: null }, at: 'yesterday' });
  t.regex(text, /beside the run of yesterday: http to 127\.0\.0\.1:8080/);
  t.regex(text, / {2}a second +1,000 +1,000 +1\.00\n/);
  t.regex(text, / {2}total p99 +1\.00 ms +- +-\n/);
});

test('a closed loop is named so, and those who are held have no rate', (t) => {
  const closed = {
    ...CALM,
    asked: { ...CALM.asked, mode: 'closed loop', rate: 'max', connections: 8 },
  } as const;
  t.regex(formatResult(closed, null), /\nclosed loop: .* a stall is seen only by those who were there\n/);
  t.regex(headline(closed.asked), /as fast as 8 connections can/);
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
