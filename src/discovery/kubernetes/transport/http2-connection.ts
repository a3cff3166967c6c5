import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Socket } from 'node:net';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import { type ApiFailure, failure } from '../failure.ts';
import type {
  ApiAnswer,
  ApiConnection,
  ConnectionEvents,
  Request,
  RequestHeaders,
  RequestKind,
} from './connection.ts';
import { failureOfError } from './failure-of-error.ts';

/** A list of many slices is not to wait for a round trip every 64 KiB. All that comes is read at once. */
const WINDOW_BYTES = 1024 * 1024;
/** From the end of the handshake until the server takes a stream: it may say zero at first (RFC 9113 §6.5.2). */
const SETTINGS_MS = 15_000;
/** As client-go: a path that died is noticed after 45 s at most. */
const PING_EVERY_MS = 30_000;
const PONG_MS = 15_000;
/** More are not put on one connection, whatever the server would take. */
const MAX_STREAMS = 100;
/** Streams that watches leave to lists. */
const LIST_STREAMS = 10;

/** HTTP/2 over a socket that has agreed on it. Resolves once the server has said how many streams it takes; never rejects. */
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
        ? failure('unavailable', `a connection took no requests for ${SETTINGS_MS / 1000} s`)
        : failure('timeout', `no word of HTTP/2 within ${SETTINGS_MS / 1000} s`);
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
      resolve(lost ?? failure('reset', 'the connection was closed before a word of HTTP/2'));
      if (isOpen) events.closed();
    });
    if (signal.aborted) stop();
  });
}

/** How many requests the server takes at once. */
function streamLimit({ remoteSettings }: ClientHttp2Session): number {
  return Math.min(remoteSettings.maxConcurrentStreams ?? MAX_STREAMS, MAX_STREAMS);
}

class Http2Connection implements ApiConnection {
  readonly isHttp2 = true;
  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #isProven = false;
  #streams = 0;
  #watches = 0;

  constructor(session: ClientHttp2Session, socket: Socket, clock: DiscoveryClock, events: ConnectionEvents) {
    this.#session = session;
    this.#socket = socket;
    this.#events = events;
    keepAlive(session, socket, clock);
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  get isClosed(): boolean {
    // Closed: a GOAWAY came, or it was retired.
    return this.#session.closed || this.#session.destroyed;
  }

  get isIdle(): boolean {
    return this.#streams === 0;
  }

  /** Node queues what is beyond the server's limit, and says nothing: so it has to be kept here. */
  hasRoom(kind: RequestKind): boolean {
    if (this.isClosed) return false;
    const limit = streamLimit(this.#session);
    if (this.#streams >= limit) return false;
    return kind === 'list' || this.#watches < Math.max(1, limit - LIST_STREAMS);
  }

  get(path: string, headers: RequestHeaders, kind: RequestKind): Request {
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request({ ':method': 'GET', ':path': path, ...headers });
    } catch (error) {
      return { answer: Promise.resolve(failureOfError(error)), cancel() {} };
    }
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

  retire(): void {
    this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }
}

/**
 * A peer that went silent is seen by this alone: nothing of TCP says so while nothing is sent. After a GOAWAY, or a
 * close of our own, Node ends the stream and waits for the peer's end, which may never come: the socket is closed here.
 */
function keepAlive(session: ClientHttp2Session, socket: Socket, clock: DiscoveryClock): void {
  let cancel = () => {};
  const rest = () => {
    cancel();
    cancel = clock.after(PING_EVERY_MS, ping);
  };
  const ping = () => {
    if (session.destroyed) return void socket.destroy();
    cancel = clock.after(PONG_MS, () => {
      session.destroy(Object.assign(new Error('a ping was not answered'), { code: 'ETIMEDOUT' }));
      socket.destroy();
    });
    const answered = (error: Error | null) => !error && rest();
    // Node sends no ping once a GOAWAY came or was sent, while watches go on: settings are acknowledged as well.
    if (session.closed) session.settings({ enablePush: false }, answered);
    else session.ping(answered);
  };
  session.once('close', () => cancel());
  rest();
}

function requestOf(session: ClientHttp2Session, stream: ClientHttp2Stream): Request {
  let lost: ApiFailure | null = null;
  stream.on('error', (error) => {
    lost ??= failureOfError(error);
  });
  // A connection that ends says `end` on each of its streams. Of the peer's end the code at `close` tells more; of our
  // own nothing does.
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
  return { answer, cancel };
}

function answerOf(
  stream: ClientHttp2Stream,
  headers: { readonly [name: string]: unknown },
  failed: () => ApiFailure | null,
): ApiAnswer {
  return {
    status: Number(headers[':status']) || 0,
    header: (name) => headers[name]?.toString(),
    read(take, end) {
      if (stream.closed && stream.destroyed) return end(failed());
      stream.on('close', () => end(failed()));
      stream.on('data', take);
    },
  };
}

function brokenOf({ rstCode }: ClientHttp2Stream): ApiFailure {
  return failure('reset', `the stream was reset (HTTP/2 code ${rstCode ?? 'none'})`);
}
