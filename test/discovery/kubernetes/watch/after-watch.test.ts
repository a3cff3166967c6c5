import test from 'ava';
import { type FailureCode, failure } from '../../../../src/discovery/kubernetes/failure.ts';
import {
  afterWatch,
  isLongAway,
  type WatchEnd,
} from '../../../../src/discovery/kubernetes/watch/after-watch.ts';

type Way = Omit<WatchEnd, 'failure'>;

const LONG: Way = { isOpened: true, openMs: 1000, events: 0, askedMs: 1000, wasAway: false };
const SPOKE: Way = { ...LONG, openMs: 0, events: 1 };
const SHORT: Way = { ...LONG, openMs: 999 };
const NEVER: Way = { ...SHORT, isOpened: false, openMs: 0 };

const BREAKS: readonly FailureCode[] = [
  ...(['reset', 'timeout', 'silent', 'refused', 'unresolved', 'unreachable'] as const),
  ...(['untrusted_server', 'tls_failed'] as const),
];

/** How a watch went and how it ended → what follows. */
const ROWS: readonly (readonly [string, Way, readonly (FailureCode | null)[], string])[] = [
  ['was open for a second', LONG, [null], 'watch nothing'],
  ['said anything', SPOKE, [null], 'watch nothing'],
  ['was short and silent', SHORT, [null], 'watch failed short_watch'],
  ['was open for a second', LONG, BREAKS, 'watch broke'],
  ['said anything', SPOKE, BREAKS, 'watch broke'],
  ['was short and silent', SHORT, BREAKS, 'watch failed'],
  ['could not be opened', NEVER, BREAKS, 'list failed'],
  ['was held back', { ...NEVER, askedMs: 30_000 }, ['reset'], 'list broke'],
  ['was held back', { ...NEVER, askedMs: 90_000 }, ['timeout', 'refused'], 'list failed'],
  ...[LONG, SPOKE, SHORT, NEVER].flatMap((way, at) => {
    const how = ['was long', 'spoke', 'was short', 'was refused'][at]!;
    return [
      [how, way, ['expired', 'version_too_large'], 'list nothing'],
      [how, way, ['throttled', 'unavailable', 'bad_answer'], 'watch failed'],
      [how, way, ['unauthorized', 'forbidden', 'not_found', 'rejected'], 'list failed'],
    ] as const;
  }),
];

for (const [how, way, codes, expected] of ROWS) {
  for (const code of codes) {
    test(`a watch that ${how} and ends as ${code ?? 'it should'}: ${expected}`, (t) => {
      const ended = code && failure(code, 'as it was');
      const { verb, report, failure: told } = afterWatch({ ...way, failure: ended });
      const [wantVerb, wantReport, wantCode = code] = expected.split(' ');
      t.deepEqual([verb, report, told?.code ?? null], [wantVerb, wantReport, wantCode]);
    });
  }
}

test('after an outage everything is preceded by a list, however well the watch went', (t) => {
  for (const way of [LONG, SPOKE, SHORT, NEVER])
    for (const code of [null, ...BREAKS, 'throttled', 'unavailable', 'bad_answer'] as const) {
      const ended = code && failure(code, 'as it was');
      t.is(afterWatch({ ...way, wasAway: true, failure: ended }).verb, 'list', `${code}`);
    }
});

test('a server that was unavailable for 10 s, or throttled for 30 s, is asked for a list', (t) => {
  const rows = [
    ['unavailable', 10_000],
    ['throttled', 30_000],
  ] as const;
  for (const [code, ms] of rows) {
    t.false(isLongAway(failure(code, 'as it was'), ms));
    t.true(isLongAway(failure(code, 'as it was'), ms + 1));
  }
  t.false(isLongAway(failure('bad_answer', 'as it was'), 1e9));
});
