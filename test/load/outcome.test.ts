import test from 'ava';
import type { Work } from '../../src/load/load-plan.ts';
import { errorShare } from '../../src/load/outcome.ts';
import { CALM } from './sample-result.ts';

/** What was done, what failed, and the share of errors. */
const ROWS: readonly (readonly [
  what: string,
  work: Work,
  done: { readonly connections: number; readonly goodAnswers: number },
  errors: Partial<(typeof CALM)['errors']>,
  share: number | null,
])[] = [
  [
    'every connection is reset before its answer',
    'http',
    { connections: 100, goodAnswers: 0 },
    { reset: 100 },
    1,
  ],
  [
    'half of the answers are an error of HTTP',
    'http',
    { connections: 20, goodAnswers: 10 },
    { http_status: 10 },
    0.5,
  ],
  ['all answers are an error of HTTP', 'http', { connections: 20, goodAnswers: 0 }, { http_status: 20 }, 1],
  ['a tenth is refused', 'connect', { connections: 90, goodAnswers: 0 }, { connect_refused: 10 }, 0.1],
  ['half of those who are held are lost', 'idle', { connections: 64, goodAnswers: 0 }, { ended: 32 }, 0.5],
  ['nothing fails', 'ping', { connections: 1, goodAnswers: 10 }, {}, 0],
  ['nothing is tried', 'ping', { connections: 0, goodAnswers: 0 }, {}, null],
];

for (const [what, work, done, errors, share] of ROWS) {
  test(`the share of errors where ${what} is ${share}`, (t) => {
    t.is(
      errorShare({
        asked: { work },
        achieved: { ...CALM.achieved, connections: done.connections },
        goodAnswers: done.goodAnswers,
        errors: { ...CALM.errors, ...errors },
      }),
      share,
    );
  });
}
