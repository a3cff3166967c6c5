import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { constants, createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { Server } from 'node:net';
import { CERTIFICATE } from './certificate.ts';

// How the scripted API speaks: its server, and the answers that are not objects.

/** What it speaks: HTTP/1.1 in the clear or over TLS, or HTTP/2, which it agrees on in the handshake. */
export type Speech = 'http' | 'https' | 'h2';

export type Response = ServerResponse | Http2ServerResponse;

/** An answer out of turn. `body` is sent as it is where it is a text, else as JSON; `silent` never answers. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: unknown;
  readonly silent?: boolean;
  /** The connection, or the stream of HTTP/2, is reset instead. */
  readonly reset?: boolean;
}

type Handler = (message: IncomingMessage | Http2ServerRequest, response: Response) => void;

export function createServer(over: Speech, maxConcurrentStreams: number, handle: Handler): Server {
  if (over === 'http') return createHttpServer(handle);
  if (over === 'https') return createHttpsServer(CERTIFICATE, handle);
  return createSecureServer({ ...CERTIFICATE, settings: { maxConcurrentStreams } }, handle);
}

export function writeTo(response: Response, bytes: string | Uint8Array): void {
  // The two have the same method, with types that TypeScript can't call as one.
  (response as ServerResponse).write(bytes);
}

export function reset(response: Response): void {
  if ('stream' in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}

export function statusOf(code: number, reason: string, details: object = {}): object {
  return { kind: 'Status', status: 'Failure', reason, message: `${reason}: as scripted`, code, details };
}

export function sendStatus(response: Response, code: number, reason: string): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(statusOf(code, reason)));
}

export function sendJson(response: Response, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A resource that nobody serves is no object of the API: the answer is a text. */
export function sendNoResource(response: Response): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
  response.end('404 page not found\n');
}

/** W5, as measured; without the 3 s that it takes. */
export function sendTooLarge(response: Response): void {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  response.writeHead(504, { 'content-type': 'application/json' });
  response.end(JSON.stringify(statusOf(504, 'Timeout', { causes, retryAfterSeconds: 1 })));
}

/** 429, with the seconds after which to ask again. */
export function tooManyRequests(seconds: number): ScriptedAnswer {
  return {
    status: 429,
    headers: { 'retry-after': `${seconds}` },
    body: statusOf(429, 'TooManyRequests', { retryAfterSeconds: seconds }),
  };
}

/** 409: the object is newer than the write. */
export const CONFLICT: ScriptedAnswer = { status: 409, body: statusOf(409, 'Conflict') };

export function sendScripted(
  response: Response,
  { status = 200, headers = {}, body, silent, reset: isReset }: ScriptedAnswer,
) {
  if (silent) return;
  if (isReset) return reset(response);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body ?? {}));
}
