import { quoteText } from '../quote-text.ts';
import { listOf, objectOf, parseJson, textOf } from './json.ts';

/** Why a request or a watch failed. A closed set, because it is a metric label. */
export type FailureCode =
  | 'refused' // the connection was refused
  | 'reset' // the connection or the stream broke
  | 'timeout' // no connection, no response, or no complete response in time
  | 'unresolved' // the host has no address
  | 'unreachable' // no connection for any other reason
  | 'untrusted_server' // the CA did not issue its certificate
  | 'tls_failed' // the TLS handshake failed for any other reason
  | 'stopped' // Herald cancelled it
  | 'silent' // a watch on which nothing was received for too long
  | 'unauthorized' // 401, or no token to send
  | 'forbidden' // 403
  | 'not_found' // 404
  | 'conflict' // 409: the object has changed since it was read
  | 'exists' // 409: an object of this name exists already
  | 'expired' // 410, or the same as an event
  | 'invalid' // 422: the API does not accept the object
  | 'version_too_large' // the server has not yet reached the version that was seen
  | 'throttled' // 429
  | 'unavailable' // 5xx
  | 'rejected' // any other status
  | 'bad_answer' // the response is not one of this API
  | 'short_watch'; // ended within a second without an event

export interface ApiFailure {
  readonly code: FailureCode;
  /** Text for the log, already escaped. */
  readonly message: string;
  /** How long the server asks to wait; 0: it does not. */
  readonly retryAfterMs: number;
  /** No connection could be made. The next request waits for one by itself, so the caller need not wait before it. */
  readonly gated: boolean;
}

/** Limit for `Retry-After`: a longer wait would make the endpoints more outdated than an outage does. */
const MAX_RETRY_AFTER_MS = 300_000;

const STATUS_CODES: { readonly [status: number]: FailureCode } = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  410: 'expired',
  422: 'invalid',
  429: 'throttled',
};

export function failure(code: FailureCode, message: string, retryAfterMs = 0): ApiFailure {
  const asked = Math.min(Math.max(retryAfterMs, 0), MAX_RETRY_AFTER_MS);
  return { code, message, retryAfterMs: asked, gated: false };
}

/** A response whose status is not one of success → ApiFailure. `retryAfter` is the header of that name. */
export function failureOfAnswer(status: number, retryAfter: string | undefined, body: string): ApiFailure {
  const seconds = /^\d{1,9}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return failureOfStatus(parseJson(body), status, 1000 * seconds);
}

/** A `Status` object, which may also be an ERROR event (W4, W6) → ApiFailure. */
export function failureOfStatus(value: unknown, httpStatus = 0, retryAfterMs = 0): ApiFailure {
  const { code, reason, message, details } = objectOf(value);
  const { causes, retryAfterSeconds } = objectOf(details);
  const status = httpStatus || (typeof code === 'number' ? code : 0);
  const asked = typeof retryAfterSeconds === 'number' ? 1000 * retryAfterSeconds : 0;
  const said = textOf(message) ?? textOf(reason);
  const text = `status ${status}${said === null ? '' : `: ${quoteText(said)}`}`;
  const isTooLarge =
    listOf(causes).some((cause) => objectOf(cause).reason === 'ResourceVersionTooLarge') ||
    said?.startsWith('Too large resource version') === true;
  if (isTooLarge) return failure('version_too_large', text);
  // Some servers send only the reason, without the status.
  if (reason === 'Expired' || reason === 'Gone') return failure('expired', text);
  if (reason === 'AlreadyExists') return failure('exists', text);
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
  // The server does not speak HTTP/2.
  ERR_HTTP2_ERROR: 'bad_answer',
};
const ERROR_PREFIXES: readonly (readonly [prefix: string, code: FailureCode])[] = [
  ['ERR_SSL', 'tls_failed'],
  ['ERR_TLS', 'tls_failed'],
  ['ERR_OSSL', 'tls_failed'],
  ['ERR_HTTP2', 'reset'],
  // The server does not speak HTTP/1.1.
  ['HPE_', 'bad_answer'],
  ['EAI_', 'unresolved'],
  ['ENOTFOUND', 'unresolved'],
];

type OpaqueError = NodeJS.ErrnoException & {
  readonly errors?: readonly Error[];
  readonly reason?: string;
};

/** An error of Node's sockets, TLS or HTTP → ApiFailure. Every error gets a code of the closed set. */
export function failureOfError(error: unknown): ApiFailure {
  const { code, message, errors, reason } = error as OpaqueError;
  const errno = typeof code === 'string' ? code : '';
  const prefix = ERROR_PREFIXES.find(([each]) => errno.startsWith(each));
  // For a host with several addresses the message is empty, and there is one error for each address.
  // OpenSSL's message contains a thread id, a source file and a newline; `reason` is the part to show.
  const words = reason || message || errors?.map((each) => each.message).join(', ') || errno || String(error);
  return failure(ERROR_CODES[errno] ?? prefix?.[1] ?? 'unreachable', quoteText(words));
}
