import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { proxyHeaderOf } from '../accept/proxy-header-of.ts';
import { parseIp } from '../address/ip.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import { unmapped } from '../address/v4-mapped.ts';
import { createBoundedServer } from './bounded-server.ts';
import { type Binding, listen } from './listen.ts';

export interface OpsRequest {
  readonly query: URLSearchParams;
  /** At most 1 KiB. */
  readonly body: string;
  /** True if a PROXY header came before the first request of the connection. */
  readonly behindHeader: boolean;
  /** Both ends of its connection; behind a header, as that says. */
  readonly ends: Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>;
  /** The address at the other end of the connection, or in the PROXY header before it; null: a unix socket. */
  readonly peer: Uint8Array | null;
}

/** A string is sent as text, bytes as they are, anything else as JSON. */
export interface OpsAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
  readonly headers?: { readonly [name: string]: string };
}

type Handler = (request: OpsRequest) => OpsAnswer | Promise<OpsAnswer>;
type Routes = { readonly [path: string]: { readonly GET?: Handler; readonly PUT?: Handler } };

export interface OpsServerOptions {
  readonly address: ParsedAddress;
  readonly routes: Routes;
  /** Whether requests with this Host header are answered; undefined: without one. Default: all are. */
  readonly allowsHost?: (host: string | undefined) => boolean;
  /** Connections that may be open at once. */
  readonly maxConnections?: number;
  readonly binding?: Binding | undefined;
  /** Connections that one address may have open. Default: `maxConnections`. */
  readonly maxPerAddress?: number;
  /** Paths that are answered even if the connections of others have to be closed for them. */
  readonly probes?: readonly string[];
  /** Whether a PROXY header is removed. Otherwise it is invalid HTTP, answered with 400. */
  readonly takesHeaders?: boolean;
}

/** A server of small answers, on an ops address. */
export interface OpsServer {
  /** Resolves with the address that it really has. Rejects with the error of the bind (`code`: EADDRINUSE, …). */
  start(): Promise<ParsedAddress>;
  /** Closes it and every connection. */
  stop(): Promise<void>;
}

const MAX_CONNECTIONS = 64;
const MAX_BODY_BYTES = 1024;

export function createOpsServer(options: OpsServerOptions): OpsServer {
  const { address, maxConnections = MAX_CONNECTIONS, probes = [], takesHeaders = false, binding } = options;
  const { server, stop } = createBoundedServer({
    limits: { connections: maxConnections, perAddress: options.maxPerAddress ?? maxConnections },
    isProbe: ({ url = '' }) => probes.includes(pathOf(url)),
    takesHeaders,
    answer: (request, response) => {
      answer(options, request).then(
        (given) => send(response, given),
        () => send(response, failure(500, 'internal')),
      );
    },
  });
  return {
    start: () => listen(server, address, binding),
    stop,
  };
}

async function answer(options: OpsServerOptions, request: IncomingMessage): Promise<OpsAnswer> {
  if (options.allowsHost?.(request.headers.host) === false) return failure(403, 'host_not_allowed');
  const { url = '' } = request;
  const route = options.routes[pathOf(url)];
  if (route === undefined) return failure(404, 'not_found');
  const handler = route[request.method === 'HEAD' ? 'GET' : (request.method as 'GET' | 'PUT')];
  if (handler === undefined) {
    const allow = route.GET === undefined ? 'PUT' : 'GET, HEAD';
    return { ...failure(405, 'method_not_allowed'), headers: { allow } };
  }
  const body = await readBody(request);
  if (body === null) return failure(413, 'body_too_large');
  const query = new URLSearchParams(url.split('?', 2)[1]);
  const ends = request.socket;
  const peer = options.address.kind === 'unix' ? null : peerOf(ends.remoteAddress);
  return handler({ query, body, ends, peer, behindHeader: proxyHeaderOf(ends) !== null });
}

/** Of no length if the client has closed the connection: such an address is in no set. */
function peerOf(text = ''): Uint8Array {
  const [plain] = text.split('%', 1);
  return unmapped(parseIp(plain!) ?? new Uint8Array(0));
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!;
}

/** Null if it is too long. Rejects if the client closes the connection. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early must not destroy the connection, which still has to be answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** An error as an answer: `error` is one word. */
export function failure(status: number, error: string): OpsAnswer {
  return { status, body: { error } };
}

function send(response: ServerResponse, { status, body, contentType, headers }: OpsAnswer): void {
  const isText = typeof body === 'string';
  const sent = isText || Buffer.isBuffer(body) ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json'),
    'content-length': Buffer.byteLength(sent),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
    // The unread rest of the body would be parsed as the next request.
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(sent);
}
