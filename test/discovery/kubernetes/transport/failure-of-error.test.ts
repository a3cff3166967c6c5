import test from 'ava';
import type { FailureCode } from '../../../../src/discovery/kubernetes/failure.ts';
import { failureOfError } from '../../../../src/discovery/kubernetes/transport/failure-of-error.ts';

const ROWS: readonly (readonly [errno: string, code: FailureCode])[] = [
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

for (const [errno, code] of ROWS) {
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
