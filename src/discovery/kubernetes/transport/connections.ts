import type { ConnectionOptions } from 'node:tls';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import type { Files } from '../../files.ts';
import type { KubernetesAccess } from '../access.ts';
import { createTlsMaterial } from '../credentials.ts';
import { type ApiFailure, failure } from '../failure.ts';
import type { ApiAnswer, ApiConnection, Request, RequestKind, RequestMessage } from './connection.ts';
import { dial } from './dial-api.ts';
import { createGate } from './gate.ts';
import { Http1Connection } from './http1-connection.ts';
import { openHttp2 } from './http2-connection.ts';

// All requests to the API server pass through here. A connection with room takes the request; if there is none, one is
// dialed. While the server is unreachable, there is one dial at a time on behalf of all requests (gate.ts).

/** Connections to one API server: with HTTP/2 as few as can carry the streams, with HTTP/1.1 one for each running request. */
export interface Connections {
  /** How often no connection could be made so far. */
  readonly outages: number;
  /**
   * Resolves once the head of the response has arrived, whatever its status. Never rejects. A GET is sent again if its
   * connection was lost; any other request only if it is certain that the server has not acted on it.
   */
  send(message: RequestMessage, kind: RequestKind, signal: AbortSignal): Promise<ApiExchange | ApiFailure>;
  /** Closes every connection. */
  stop(): void;
}

/** A response whose body has not been read yet. */
export interface ApiExchange {
  readonly answer: ApiAnswer;
  cancel(): void;
}

/**
 * The time limit for the head of a response. A list of a version ahead of the server takes 3 s (W5). Some proxies hold
 * back the head of a watch until the first line, which may be a bookmark, sent every 60 s.
 */
const ANSWER_MS = { list: 30_000, watch: 90_000, call: 30_000 };
/** The head of a call usually comes within milliseconds. After this time its connection is checked. */
const LATE_MS = 2000;
/** Dials at the same time, if each request needs its own connection. */
const MAX_DIALS = 8;
/** Idle HTTP/1.1 connections that are kept for the next list. */
const MAX_IDLE = 2;
/** How often a request is sent again after its connection was lost before the response. */
const MAX_RETRIES = 2;

interface Open {
  readonly connection: ApiConnection;
  readonly attempt: number;
}

export function createConnections(
  access: KubernetesAccess,
  files: Files,
  clock: DiscoveryClock,
  random: () => number,
): Connections {
  const material = createTlsMaterial(access, files);
  const gate = createGate(clock, random);
  const abort = new AbortController();
  const open = new Set<Open>();
  let tls: ConnectionOptions | null = material();
  let dials = 0;
  /** Requests that wait for a connection. With HTTP/1.1, each of them needs its own dial. */
  let waiting = 0;
  let isHttp2 = true;

  /** Retires connections with old TLS material. Watches on them continue: the material was valid when they began. */
  function renewMaterial(): void {
    const now = material();
    if (now === tls) return;
    tls = now;
    for (const { connection } of open) connection.retire();
    gate.retry();
  }

  function mayDial(kind: RequestKind): boolean {
    if (!gate.isOpenFor(kind)) return false;
    if (gate.isProven) return dials < (isHttp2 ? 1 : Math.min(MAX_DIALS, waiting));
    // A closed connection may remain in the set until its socket has closed.
    return dials === 0 && [...open].every(({ connection }) => connection.isProven || connection.isClosed);
  }

  async function dialOne(): Promise<void> {
    const attempt = gate.begin();
    dials++;
    const opened = await openConnection(attempt);
    dials--;
    if (abort.signal.aborted) return;
    if ('code' in opened) gate.fail(attempt, opened);
    gate.wake();
  }

  async function openConnection(attempt: number): Promise<Open | ApiFailure> {
    const dialed = await dial({ url: access.url, tls }, clock, abort.signal);
    if ('code' in dialed) return dialed;
    isHttp2 = dialed.isHttp2;
    let entry: Open | null = null;
    const events = {
      freed() {
        if (entry === null) return;
        const { connection } = entry;
        trim(connection);
        gate.wake((kind) => connection.hasRoom(kind));
      },
      closed() {
        if (entry !== null) open.delete(entry);
        gate.wake();
      },
    };
    const { socket } = dialed;
    const connection = isHttp2
      ? await openHttp2(access.url, socket, clock, events, abort.signal)
      : new Http1Connection(access.url, socket, events);
    if ('code' in connection) return connection;
    if (!connection.hasRoom('list')) {
      connection.destroy();
      return failure('unavailable', 'the server takes no requests on a new connection');
    }
    entry = { connection, attempt };
    if (abort.signal.aborted) connection.destroy();
    else open.add(entry);
    return entry;
  }

  /** Retires a connection that is no longer needed. */
  function trim(connection: ApiConnection): void {
    if (!connection.isIdle) return;
    const others = [...open].map((each) => each.connection).filter((each) => each !== connection);
    const isSpare = connection.isHttp2
      ? others.some((each) => each.hasRoom('watch'))
      : others.filter((each) => each.isIdle).length >= MAX_IDLE;
    // An idle connection without room: the server has lowered its stream limit to zero.
    if (isSpare || !connection.hasRoom('list')) connection.retire();
  }

  async function exchange(
    { connection, attempt }: Open,
    request: Request,
    kind: RequestKind,
    signal: AbortSignal,
  ): Promise<ApiExchange | ApiFailure> {
    let ended: ApiFailure | null = null;
    const end = (failed: ApiFailure) => {
      ended ??= failed;
      request.cancel();
    };
    const stop = () => end(failure('stopped', 'the request was cancelled'));
    const answerMs = ANSWER_MS[kind];
    const cancelCheck = kind === 'call' ? clock.after(LATE_MS, () => connection.check()) : () => {};
    const cancel = clock.after(answerMs, () => {
      end(failure('timeout', `no response within ${answerMs / 1000} s`));
      // A proxy in front of the server may answer pings itself. Another connection may reach a server that responds.
      if (!connection.isProven) connection.destroy();
    });
    signal.addEventListener('abort', stop);
    const isFresh = !connection.isProven;
    const answer = await request.answer;
    cancel();
    cancelCheck();
    signal.removeEventListener('abort', stop);
    const failed = ended ?? ('code' in answer ? answer : null);
    if (failed === null) {
      gate.prove(attempt);
      return { answer: answer as ApiAnswer, cancel: request.cancel };
    }
    // If the connection closed before its first response, it never worked, and the dial has failed. If it is still open,
    // only this request has failed.
    const isNone = isFresh && connection.isClosed && failed.code !== 'stopped';
    return isNone ? gate.fail(attempt, failed) : failed;
  }

  return {
    get outages() {
      return gate.failures;
    },
    async send(message, kind, signal) {
      let isWaiting = false;
      for (let retries = 0; ; ) {
        if (signal.aborted || abort.signal.aborted) {
          const stopped = failure('stopped', 'the request was cancelled');
          return { ...stopped, gated: isWaiting && !gate.isProven };
        }
        renewMaterial();
        const entry = [...open].find(({ connection }) => connection.hasRoom(kind));
        if (entry === undefined) {
          waiting++;
          if (mayDial(kind)) void dialOne();
          const failed = await gate.change(kind, signal);
          waiting--;
          isWaiting = true;
          if (failed !== null) return failed;
          continue;
        }
        isWaiting = false;
        const { connection } = entry;
        const request = connection.send(message, kind);
        const sent = await exchange(entry, request, kind, signal);
        const isReset = 'code' in sent && sent.code === 'reset' && !sent.gated;
        const isLost = isReset && connection.isClosed;
        // W18.
        const isRepeatable = message.method === 'GET' || request.isUnsent;
        if (!isLost || !isRepeatable || retries++ >= MAX_RETRIES) return sent;
      }
    },
    stop() {
      abort.abort();
      gate.stop();
      for (const { connection } of open) connection.destroy();
      open.clear();
    },
  };
}
