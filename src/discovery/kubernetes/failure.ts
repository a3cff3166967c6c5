import { shown } from '../shown.ts';
import { listOf, objectOf, parseJson, textOf } from './json.ts';

/** Why a request or a watch came to nothing: closed, for metrics have it as a label. */
export type FailureCode =
  | 'refused' // the connection was refused: nobody listens
  | 'reset' // the connection or the stream broke
  | 'timeout' // no connection, no answer, or no end of one in time
  | 'unresolved' // the host has no address
  | 'unreachable' // no connection for any other cause
  | 'untrusted_server' // its certificate is not one that the CA vouches for
  | 'tls_failed' // the TLS handshake failed for any other cause
  | 'stopped' // we ended it
  | 'silent' // a watch without a sign of life
  | 'unauthorized' // 401, or no token to show
  | 'forbidden' // 403
  | 'not_found' // 404
  | 'expired' // 410, or the same as an event
  | 'version_too_large' // the server is behind what we have seen
  | 'throttled' // 429
  | 'unavailable' // 5xx
  | 'rejected' // any other status
  | 'bad_answer' // what came is not what the API speaks
  | 'short_watch'; // ended within a second, with nothing in it

export interface ApiFailure {
  readonly code: FailureCode;
  /** Ready to be logged. */
  readonly message: string;
  /** How long the server asks us to wait; 0 where it does not. */
  readonly retryAfterMs: number;
  /** No connection could be had. The next request waits for one by itself, so nobody need wait before it. */
  readonly gated: boolean;
}

/** A server that asks for more than this would make us stale for longer than an outage does. */
const MAX_RETRY_AFTER_MS = 300_000;

const STATUS_CODES: { readonly [status: number]: FailureCode } = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  410: 'expired',
  429: 'throttled',
};

export function failure(code: FailureCode, message: string, retryAfterMs = 0): ApiFailure {
  const asked = Math.min(Math.max(retryAfterMs, 0), MAX_RETRY_AFTER_MS);
  return { code, message, retryAfterMs: asked, gated: false };
}

/** An answer that is not 200 → Failure. `retryAfter` is the header of that name. */
export function failureOfAnswer(status: number, retryAfter: string | undefined, body: string): ApiFailure {
  const seconds = /^\d{1,9}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return failureOfStatus(parseJson(body), status, 1000 * seconds);
}

/** A `Status` object, by itself an ERROR event (W4, W6), → Failure. */
export function failureOfStatus(value: unknown, httpStatus = 0, retryAfterMs = 0): ApiFailure {
  const { code, reason, message, details } = objectOf(value);
  const { causes, retryAfterSeconds } = objectOf(details);
  const status = httpStatus || (typeof code === 'number' ? code : 0);
  const asked = typeof retryAfterSeconds === 'number' ? 1000 * retryAfterSeconds : 0;
  const said = textOf(message) ?? textOf(reason);
  const text = `status ${status}${said === null ? '' : `: ${shown(said)}`}`;
  const isTooLarge =
    listOf(causes).some((cause) => objectOf(cause).reason === 'ResourceVersionTooLarge') ||
    said?.startsWith('Too large resource version') === true;
  if (isTooLarge) return failure('version_too_large', text);
  // Some servers say it by the reason alone.
  if (reason === 'Expired' || reason === 'Gone') return failure('expired', text);
  const other = status >= 500 ? 'unavailable' : 'rejected';
  return failure(STATUS_CODES[status] ?? other, text, Math.max(retryAfterMs, asked));
}

const ERROR_CODES: { readonly [errno: string]: FailureCode } = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  EPROTO: 'tls_failed',
  // What came is not HTTP/2.
  ERR_HTTP2_ERROR: 'bad_answer',
};
const ERROR_PREFIXES: readonly (readonly [prefix: string, code: FailureCode])[] = [
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
  const prefix = ERROR_PREFIXES.find(([each]) => errno.startsWith(each));
  // Of a host of several addresses the error has no words of its own, but one error for each address.
  // OpenSSL's message has a thread, a file of its sources and a newline beside the reason.
  const words = reason || message || errors?.map((each) => each.message).join(', ') || errno || String(error);
  return failure(ERROR_CODES[errno] ?? prefix?.[1] ?? 'unreachable', shown(words));
}
