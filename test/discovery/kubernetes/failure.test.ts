import test from 'ava';
import {
  type FailureCode,
  failureOfAnswer,
  failureOfStatus,
} from '../../../src/discovery/kubernetes/failure.ts';

const CODES: readonly (readonly [status: number, code: FailureCode])[] = [
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [410, 'expired'],
  [429, 'throttled'],
  [500, 'unavailable'],
  [503, 'unavailable'],
  [504, 'unavailable'],
  [400, 'rejected'],
  [302, 'rejected'],
];

for (const [status, code] of CODES) {
  test(`status ${status} is ${code}, as an answer and as an event`, (t) => {
    t.is(failureOfAnswer(status, undefined, 'no JSON').code, code);
    t.is(failureOfStatus({ kind: 'Status', code: status }).code, code);
  });
}

test('W4: an event that says Expired by its reason alone has expired', (t) => {
  t.is(failureOfStatus({ reason: 'Expired' }).code, 'expired');
  t.is(failureOfStatus({ reason: 'Gone' }).code, 'expired');
});

test('W5: a version ahead of the server is told from a server that is busy', (t) => {
  const causes = [{ reason: 'ResourceVersionTooLarge' }];
  const body = { code: 504, reason: 'Timeout', details: { causes, retryAfterSeconds: 1 } };
  t.is(failureOfAnswer(504, undefined, JSON.stringify(body)).code, 'version_too_large');
  t.is(
    failureOfStatus({ code: 504, message: 'Too large resource version: 9, current: 1' }).code,
    'version_too_large',
  );
});

test('W7: the longer of the header and of the body is how long to wait, and five minutes at most', (t) => {
  const body = (retryAfterSeconds: unknown) => JSON.stringify({ details: { retryAfterSeconds } });
  t.is(failureOfAnswer(429, '7', body(3)).retryAfterMs, 7000);
  t.is(failureOfAnswer(503, '1', body(3)).retryAfterMs, 3000);
  t.is(failureOfAnswer(429, '999999', '').retryAfterMs, 300_000);
  for (const wrong of ['-1', 'soon', '', '1e9', undefined])
    t.is(failureOfAnswer(429, wrong, body('3')).retryAfterMs, 0, `${wrong}`);
  t.is(failureOfStatus({ code: 429, details: { retryAfterSeconds: -5 } }).retryAfterMs, 0);
});
