import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Socket } from 'node:net';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import { type ApiFailure, failure, failureOfError } from '../failure.ts';
import type {
  ApiAnswer,
  ApiConnection,
  ConnectionEvents,
  Request,
  RequestKind,
  RequestMessage,
} from './connection.ts';

/** Larger than the default of 64 KiB, so that a large list does not wait for a round trip after each window. */
const WINDOW_BYTES = 1024 * 1024;
/** From the end of the handshake until the server allows a stream: its first limit may be zero (RFC 9113 §6.5.2). */
const SETTINGS_MS = 15_000;
/** As in client-go: a dead path is detected within 45 s. */
const PING_EVERY_MS = 30_000;
const PONG_MS = 15_000;
/** The same once a response is late: a Lease is to be renewed over another connection before it expires (G5b). */
const SUSPECT_PONG_MS = 3000;
/** At most this many streams on one connection, even if the server allows more. */
const MAX_STREAMS = 100;
/** Streams that are reserved for lists and calls; of a server with few, a quarter, so that watches need few connections (G9). */
const SHORT_STREAMS = 10;

/** Begins HTTP/2 on a socket that has negotiated it. Resolves once the server's stream limit is known. Never rejects. */
export function openHttp2(
  url: URL,
  socket: Socket,
  clock: DiscoveryClock,
  events: ConnectionEvents,
  signal: AbortSignal,
): Promise<ApiConnection | ApiFailure> {
  return new Promise((resolve) => {
    const settings = { enablePush: false, initialWindowSize: WINDOW_BYTES };
    const session = connect(url.origin, { createConnection: () => socket, settings });
    let lost: ApiFailure | null = null;
    let hasSettings = false;
    let isOpen = false;
    const cancel = clock.after(SETTINGS_MS, () => {
      lost = hasSettings
        ? failure(
            'unavailable',
            `the server allowed no requests on the connection for ${SETTINGS_MS / 1000} s`,
          )
        : failure('timeout', `no HTTP/2 settings within ${SETTINGS_MS / 1000} s`);
      session.destroy();
    });
    const stop = () => session.destroy();
    const settle = () => {
      cancel();
      signal.removeEventListener('abort', stop);
    };
    signal.addEventListener('abort', stop);
    session.on('error', (error) => {
      lost ??= failureOfError(error);
    });
    session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES));
    session.on('remoteSettings', () => {
      hasSettings = true;
      if (isOpen) return events.freed();
      if (streamLimit(session) === 0) return;
      settle();
      isOpen = true;
      resolve(new Http2Connection(session, socket, clock, events));
    });
    session.once('close', () => {
      settle();
      resolve(lost ?? failure('reset', 'the connection was closed before the HTTP/2 settings'));
      if (isOpen) events.closed();
    });
    if (signal.aborted) stop();
  });
}

/** How many requests may run at the same time. */
function streamLimit({ remoteSettings }: ClientHttp2Session): number {
  return Math.min(remoteSettings.maxConcurrentStreams ?? MAX_STREAMS, MAX_STREAMS);
}

class Http2Connection implements ApiConnection {
  readonly isHttp2 = true;
  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #keepAlive: KeepAlive;
  #isProven = false;
  #streams = 0;
  #watches = 0;

  constructor(session: ClientHttp2Session, socket: Socket, clock: DiscoveryClock, events: ConnectionEvents) {
    this.#session = session;
    this.#socket = socket;
    this.#events = events;
    this.#keepAlive = keepAlive(session, socket, clock, () => events.freed());
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  get isClosed(): boolean {
    // `closed`: a GOAWAY was received, or the connection was retired.
    return this.#session.closed || this.#session.destroyed;
  }

  get isIdle(): boolean {
    return this.#streams === 0;
  }

  /** Node silently queues streams beyond the server's limit, so the limit is enforced here. */
  hasRoom(kind: RequestKind): boolean {
    if (this.isClosed || this.#keepAlive.isSuspect) return false;
    const limit = streamLimit(this.#session);
    if (this.#streams >= limit) return false;
    return kind !== 'watch' || this.#watches < limit - Math.min(SHORT_STREAMS, Math.floor(limit / 4));
  }

  send({ method, path, headers, body }: RequestMessage, kind: RequestKind): Request {
    let stream: ClientHttp2Stream;
    try {
      const head = { ':method': method, ':path': path, ...headers };
      stream = this.#session.request(head, { endStream: body === null });
    } catch (error) {
      return { answer: Promise.resolve(failureOfError(error)), isUnsent: true, cancel() {} };
    }
    if (body !== null) stream.end(body);
    const watches = kind === 'watch' ? 1 : 0;
    this.#streams++;
    this.#watches += watches;
    stream.once('response', () => {
      this.#isProven = true;
    });
    stream.once('close', () => {
      this.#streams--;
      this.#watches -= watches;
      this.#events.freed();
    });
    return requestOf(this.#session, stream);
  }

  check(): void {
    this.#keepAlive.suspect();
  }

  retire(): void {
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }
}

interface KeepAlive {
  /** The peer has to answer a ping first. */
  readonly isSuspect: boolean;
  /** Sends a ping now, and waits less long for its answer. */
  suspect(): void;
}

/**
 * Sends pings: TCP does not detect a dead peer while nothing is sent. After a GOAWAY or our own close, Node waits for the
 * peer to close the socket, which may never happen, so the socket is destroyed here. `cleared`: it is not suspect any more.
 */
function keepAlive(
  session: ClientHttp2Session,
  socket: Socket,
  clock: DiscoveryClock,
  cleared: () => void,
): KeepAlive {
  let cancel = () => {};
  let isAsked = false;
  let isSuspect = false;
  const rest = () => {
    cancel();
    cancel = clock.after(PING_EVERY_MS, () => ping(PONG_MS));
  };
  const answered = (error: Error | null) => {
    if (error) return;
    const wasSuspect = isSuspect;
    isAsked = isSuspect = false;
    rest();
    if (wasSuspect) cleared();
  };
  const ping = (pongMs: number) => {
    if (session.destroyed) return void socket.destroy();
    cancel();
    cancel = clock.after(pongMs, () => {
      session.destroy(Object.assign(new Error('a ping was not answered'), { code: 'ETIMEDOUT' }));
      socket.destroy();
    });
    if (isAsked) return;
    isAsked = true;
    // Node sends no pings after a GOAWAY, although watches continue. Settings are acknowledged, too, so they replace it.
    if (session.closed) session.settings({ enablePush: false }, answered);
    else session.ping(answered);
  };
  session.once('close', () => cancel());
  rest();
  return {
    get isSuspect() {
      return isSuspect;
    },
    suspect() {
      if (isSuspect) return;
      isSuspect = true;
      ping(SUSPECT_PONG_MS);
    },
  };
}

function requestOf(session: ClientHttp2Session, stream: ClientHttp2Stream): Request {
  let lost: ApiFailure | null = null;
  stream.on('error', (error) => {
    lost ??= failureOfError(error);
  });
  // A closing connection emits `end` on each of its streams, also on incomplete ones. If the peer closed it, the code at
  // `close` shows that; if we destroyed it, only the session does (W17).
  let hasEnded = false;
  stream.on('end', () => {
    hasEnded = !session.destroyed;
  });
  const failed = () => {
    const isWhole = hasEnded && stream.rstCode === constants.NGHTTP2_NO_ERROR;
    return lost ?? (isWhole ? null : brokenOf(stream));
  };
  const answer = new Promise<ApiAnswer | ApiFailure>((resolve) => {
    stream.on('response', (headers) => resolve(answerOf(stream, headers, failed)));
    stream.on('close', () => resolve(lost ?? brokenOf(stream)));
  });
  const cancel = () => {
    stream.close(constants.NGHTTP2_CANCEL);
    stream.destroy();
  };
  return {
    answer,
    // RFC 9113 §8.7. A stream above the last one that a GOAWAY names is closed with the same code.
    get isUnsent() {
      return stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    },
    cancel,
  };
}

function answerOf(
  stream: ClientHttp2Stream,
  headers: { readonly [name: string]: unknown },
  failed: () => ApiFailure | null,
): ApiAnswer {
  return {
    status: Number(headers[':status']) || 0,
    header: (name) => headers[name]?.toString(),
    read(onChunk, onEnd) {
      if (stream.closed && stream.destroyed) return onEnd(failed());
      stream.on('close', () => onEnd(failed()));
      stream.on('data', onChunk);
    },
  };
}

function brokenOf({ rstCode }: ClientHttp2Stream): ApiFailure {
  return failure('reset', `the stream was reset (HTTP/2 code ${rstCode ?? 'none'})`);
}
