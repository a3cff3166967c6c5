import test from 'ava';
import {
  type FailureCode,
  failureOfAnswer,
  failureOfError,
  failureOfStatus,
} from '../../../src/discovery/kubernetes/failure.ts';

const STATUS_CODES: readonly (readonly [status: number, code: FailureCode])[] = [
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

for (const [status, code] of STATUS_CODES) {
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

const ERROR_CODES: readonly (readonly [errno: string, code: FailureCode])[] = [
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['ERR_HTTP2_STREAM_ERROR', 'reset'],
  ['ERR_HTTP2_GOAWAY_SESSION', 'reset'],
  ['ETIMEDOUT', 'timeout'],
  ['ENOTFOUND', 'unresolved'],
  ['EAI_AGAIN', 'unresolved'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls_failed'],
  ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'tls_failed'],
  ['EPROTO', 'tls_failed'],
  ['HPE_INVALID_CONSTANT', 'bad_answer'],
  ['ERR_HTTP2_ERROR', 'bad_answer'],
  ['', 'unreachable'],
];

for (const [errno, code] of ERROR_CODES) {
  test(`an error ${errno || 'without a code'} is ${code}`, (t) => {
    t.like(failureOfError(Object.assign(new Error('so it was'), { code: errno })), {
      code,
      message: '"so it was"',
    });
  });
}

test('of a host of several addresses the words are those of each', (t) => {
  const errors = [new Error('connect ECONNREFUSED ::1:1'), new Error('connect ECONNREFUSED 127.0.0.1:1')];
  const error = Object.assign(new AggregateError(errors, ''), { code: 'ECONNREFUSED' });
  const { code, message } = failureOfError(error);
  t.is(code, 'refused');
  t.is(message, '"connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1"');
});

test('of an error of OpenSSL the words are the reason alone', (t) => {
  const message =
    '80DCC190:error:0A000410:SSL routines:ssl3_read_bytes:alert:../rec_layer_s3.c:1601:alert 40\n';
  const error = Object.assign(new Error(message), {
    code: 'EPROTO',
    reason: 'sslv3 alert handshake failure',
  });
  t.like(failureOfError(error), { code: 'tls_failed', message: '"sslv3 alert handshake failure"' });
});

test('whatever is thrown is a failure', (t) => {
  for (const thrown of ['text', { code: 7 }, new Error('')]) t.is(failureOfError(thrown).code, 'unreachable');
});
