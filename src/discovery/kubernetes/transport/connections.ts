import type { ConnectionOptions } from 'node:tls';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import type { Files } from '../../files.ts';
import type { KubernetesAccess } from '../access.ts';
import { type ApiFailure, failure } from '../failure.ts';
import type { ApiAnswer, ApiConnection, Request, RequestHeaders, RequestKind } from './connection.ts';
import { dial } from './dial-api.ts';
import { createGate } from './gate.ts';
import { Http1Connection } from './http1-connection.ts';
import { openHttp2 } from './http2-connection.ts';
import { createTlsMaterial } from './tls-material.ts';

// Whoever wants something of the API server comes here. A connection that has room takes the request; where none has,
// one is dialled, and while the server is away one attempt at a time is made for all.

/** Connections to one API server: of HTTP/2 as few as carry the streams, of HTTP/1.1 one for each request that runs. */
export interface Connections {
  /** How often no connection could be had, so far. */
  readonly outages: number;
  /** GET; resolves once the head of the answer is here, whatever its status. Never rejects. */
  send(
    path: string,
    headers: RequestHeaders,
    kind: RequestKind,
    signal: AbortSignal,
  ): Promise<ApiExchange | ApiFailure>;
  /** Closes every connection. */
  stop(): void;
}

/** An answer whose body is still to be read. */
export interface ApiExchange {
  readonly answer: ApiAnswer;
  cancel(): void;
}

/**
 * Of a server that has taken the request and says nothing. A list of a version ahead of it takes 3 s (W5). Some proxies
 * hold the head of a watch back until something happens: a bookmark does so every 60 s.
 */
const ANSWER_MS = { list: 30_000, watch: 90_000 };
/** Dials at one time, where each request needs a connection of its own. */
const MAX_DIALS = 8;
/** Connections of HTTP/1.1 that are kept for the next list. */
const MAX_IDLE = 2;
/** A connection that ended under a request that it had not answered says nothing of the request: it is sent again. */
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
  /** Requests that wait for a connection: each dial is for one of them, where one carries no more. */
  let waiting = 0;
  let isHttp2 = true;

  /** A watch on an old connection goes on: what it was told was true when it began. */
  function renewMaterial(): void {
    const now = material();
    if (now === tls) return;
    tls = now;
    for (const { connection } of open) connection.retire();
    gate.retry();
  }

  function mayDial(): boolean {
    if (!gate.isOpen) return false;
    if (gate.isProven) return dials < (isHttp2 ? 1 : Math.min(MAX_DIALS, waiting));
    // One that has ended may be here until its socket is closed.
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
      return failure('unavailable', 'a connection was opened that takes no requests');
    }
    entry = { connection, attempt };
    if (abort.signal.aborted) connection.destroy();
    else open.add(entry);
    return entry;
  }

  /** Closes what is no longer needed. */
  function trim(connection: ApiConnection): void {
    if (!connection.isIdle) return;
    const others = [...open].map((each) => each.connection).filter((each) => each !== connection);
    const isSpare = connection.isHttp2
      ? others.some((each) => each.hasRoom('watch'))
      : others.filter((each) => each.isIdle).length >= MAX_IDLE;
    // Without room and with nothing on it, the server has lowered its limit to zero.
    if (isSpare || !connection.hasRoom('list')) connection.retire();
  }

  async function exchange(
    { connection, attempt }: Open,
    request: Request,
    answerMs: number,
    signal: AbortSignal,
  ): Promise<ApiExchange | ApiFailure> {
    let ended: ApiFailure | null = null;
    const end = (failed: ApiFailure) => {
      ended ??= failed;
      request.cancel();
    };
    const stop = () => end(failure('stopped', 'it was stopped'));
    const cancel = clock.after(answerMs, () => {
      end(failure('timeout', `no answer within ${answerMs / 1000} s`));
      // What stands before the server may answer pings by itself. Another connection may reach a server that answers.
      if (!connection.isProven) connection.destroy();
    });
    signal.addEventListener('abort', stop);
    const isFresh = !connection.isProven;
    const answer = await request.answer;
    cancel();
    signal.removeEventListener('abort', stop);
    const failed = ended ?? ('code' in answer ? answer : null);
    if (failed === null) {
      gate.prove(attempt);
      return { answer: answer as ApiAnswer, cancel: request.cancel };
    }
    // A connection that went before it carried any answer was none. One that lives refuses this request alone.
    const isNone = isFresh && connection.isClosed && failed.code !== 'stopped';
    return isNone ? gate.fail(attempt, failed) : failed;
  }

  return {
    get outages() {
      return gate.failures;
    },
    async send(path, headers, kind, signal) {
      for (let retries = 0; ; ) {
        if (signal.aborted || abort.signal.aborted) return failure('stopped', 'it was stopped');
        renewMaterial();
        const entry = [...open].find(({ connection }) => connection.hasRoom(kind));
        if (entry === undefined) {
          waiting++;
          if (mayDial()) void dialOne();
          const failed = await gate.change(kind, signal);
          waiting--;
          if (failed !== null) return failed;
          continue;
        }
        const { connection } = entry;
        const sent = await exchange(entry, connection.get(path, headers, kind), ANSWER_MS[kind], signal);
        const isReset = 'code' in sent && sent.code === 'reset' && !sent.gated;
        const isLost = isReset && connection.isClosed;
        if (!isLost || retries++ >= MAX_RETRIES) return sent;
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
