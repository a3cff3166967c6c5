import { shown } from '../../shown.ts';
import { type ApiFailure, type FailureCode, failure } from '../failure.ts';

const CODES: { readonly [errno: string]: FailureCode } = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  EPROTO: 'tls_failed',
  // What came is not HTTP/2.
  ERR_HTTP2_ERROR: 'bad_answer',
};
const PREFIXES: readonly (readonly [prefix: string, code: FailureCode])[] = [
  ['ERR_SSL', 'tls_failed'],
  ['ERR_TLS', 'tls_failed'],
  ['ERR_OSSL', 'tls_failed'],
  ['ERR_HTTP2', 'reset'],
  // What came is not HTTP/1.1.
  ['HPE_', 'bad_answer'],
  ['EAI_', 'unresolved'],
  ['ENOTFOUND', 'unresolved'],
];

type OpaqueError = NodeJS.ErrnoException & {
  readonly errors?: readonly Error[];
  readonly reason?: string;
};

/** An error of Node's sockets, TLS or HTTP → Failure. Everything has a code, so that they stay bounded. */
export function failureOfError(error: unknown): ApiFailure {
  const { code, message, errors, reason } = error as OpaqueError;
  const errno = typeof code === 'string' ? code : '';
  const prefix = PREFIXES.find(([each]) => errno.startsWith(each));
  // Of a host of several addresses the error has no words of its own, but one error for each address.
  // OpenSSL's message has a thread, a file of its sources and a newline beside the reason.
  const words = reason || message || errors?.map((each) => each.message).join(', ') || errno || String(error);
  return failure(CODES[errno] ?? prefix?.[1] ?? 'unreachable', shown(words));
}
