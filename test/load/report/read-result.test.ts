import test from 'ava';
import { readResult } from '../../../src/load/report/read-result.ts';
import { RESULT } from '../sample-result.ts';

for (const [what, change] of [
  ['an overhead without its figures', { overhead: { ...RESULT.overhead, total: { p50: 5 } } }],
  [
    'a growth without a median',
    { overhead: { ...RESULT.overhead, total: { p50: { difference: {}, ratio: {} } } } },
  ],
  ['no overhead but a text', { overhead: 'x' }],
  ['no number of wrong clients', { wrongClients: undefined }],
  ['a text that drives a terminal', { at: '\u001b[31mred' }],
  ['a flag that drives a terminal', { asked: { ...RESULT.asked, send: '\u001b[31m' } }],
  ['a rate that is none', { asked: { ...RESULT.asked, rate: {} } }],
  ['connections that are none', { asked: { ...RESULT.asked, connections: 'x' } }],
  ['an endpoint that is none', { asked: { ...RESULT.asked, to: 7 } }],
  ['another way without its counts', { direct: { ...RESULT.direct, unknownClients: 'x' } }],
] as const) {
  test(`a file that --compare cannot lay beside a run is told apart: ${what}`, (t) => {
    t.deepEqual(readResult(JSON.stringify({ ...RESULT, ...change })), {
      problem: 'it was not written by herald load --json',
    });
  });
}

test('what was written is read again; anything else is told apart, and never thrown', (t) => {
  t.deepEqual(readResult(JSON.stringify(RESULT)), RESULT);
  for (const text of [
    '',
    'x',
    'null',
    '7',
    '[]',
    '{}',
    '{"asked":{},"achieved":{},"latency":{},"errors":null}',
  ]) {
    t.true('problem' in readResult(text), text);
  }
});
