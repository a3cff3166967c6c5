import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Clock, realClock } from '../clock.ts';
import { type Files, realFiles } from '../files.ts';
import { shown } from '../shown.ts';
import type { KubernetesAccess } from './access.ts';
import { createAgents } from './agents.ts';
import { type Failure, failure, failureOfAnswer } from './failure.ts';
import { parseJson } from './json.ts';
import { LineSplitter } from './line-splitter.ts';
import { readBody } from './read-body.ts';
import { createToken } from './token.ts';

/** What a list came to. */
export type ListReply = { readonly object: unknown } | Failure;

/** Takes one line of a watch; false ends it. */
export type TakeLine = (text: string) => boolean;

/** Requests to one API server. Sources of the same access share one client, and with it its connections. */
export interface KubernetesClient {
  /** GET of a list: `path` with its query. Never rejects; an aborted one is `unreachable`. */
  list(path: string, signal: AbortSignal): Promise<ListReply>;
  /** GET of a watch. Resolves when it has ended: null where the server, or `take`, ended it well. */
  watch(path: string, take: TakeLine, signal: AbortSignal): Promise<Failure | null>;
  /** Closes every connection. Sources are stopped before. */
  stop(): void;
}

export interface ClientOptions {
  readonly clock?: Clock;
  readonly files?: Files;
}

/** Of a server that has taken the request and says nothing. A list of a version ahead of it takes 3 s (W5). */
const ANSWER_MS = 30_000;
/** W3: 150 s = 2.5 periods of the bookmarks. */
const WATCH_SILENT_MS = 150_000;
/** W11: a slice of 1000 endpoints has about 300 kB. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

export function createKubernetesClient(
  access: KubernetesAccess,
  { clock = realClock, files = realFiles }: ClientOptions = {},
): KubernetesClient {
  const agents = createAgents(access, files);
  const token = access.token && createToken(access.token, files, clock);
  const base = access.url.pathname.replace(/\/+$/, '');

  /** Sends a GET; resolves with the answer once its head is here, whatever its status. */
  async function send(
    path: string,
    encoding: string,
    signal: AbortSignal,
  ): Promise<IncomingMessage | Failure> {
    const bearer = token?.current();
    if (bearer === null) return failure('unauthorized', 'the file of the token can not be read, or is empty');
    const headers = {
      accept: 'application/json',
      'accept-encoding': encoding,
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    };
    const start = access.url.protocol === 'http:' ? httpRequest : httpsRequest;
    const options = { path: base + path, headers, agent: agents.current(), signal };
    // A connection that waited may have been closed by the server meanwhile: that says nothing of the server.
    for (;;) {
      const result = await answerOf(() => start(access.url, options), clock);
      if (!('stale' in result)) return result;
    }
  }

  /** Null for 200: the body is the caller's. */
  async function refusal(response: IncomingMessage): Promise<Failure | null> {
    if (response.statusCode === 200) return null;
    if (response.statusCode === 401) token?.expire();
    const body = await readBody(response, clock);
    const text = 'code' in body ? '' : body.toString('utf8');
    return failureOfAnswer(response.statusCode ?? 0, response.headers['retry-after'], text);
  }

  return {
    async list(path, signal) {
      const response = await send(path, 'gzip', signal);
      if ('code' in response) return response;
      const refused = await refusal(response);
      if (refused !== null) return refused;
      const body = await readBody(response, clock);
      if ('code' in body) return body;
      const object = parseJson(body.toString('utf8'));
      return object === undefined ? failure('bad_answer', 'the list is no JSON') : { object };
    },
    async watch(path, take, signal) {
      const response = await send(path, 'identity', signal);
      if ('code' in response) return response;
      const refused = await refusal(response);
      if (refused !== null) return refused;
      const encoding = response.headers['content-encoding'] ?? 'identity';
      if (encoding !== 'identity') {
        response.destroy();
        return failure('bad_answer', `the watch is packed (${shown(encoding)}), and nobody asked for that`);
      }
      return readLines(response, take, clock);
    },
    stop: () => agents.stop(),
  };
}

function answerOf(
  start: () => ClientRequest,
  clock: Clock,
): Promise<IncomingMessage | Failure | { readonly stale: true }> {
  return new Promise((resolve) => {
    let request: ClientRequest;
    try {
      request = start();
    } catch (error) {
      return resolve(failure('unreachable', messageOf(error)));
    }
    const cancel = clock.after(ANSWER_MS, () => {
      resolve(failure('silent', `no answer within ${ANSWER_MS / 1000} s`));
      request.destroy();
    });
    request.on('response', (response) => {
      cancel();
      resolve(response);
    });
    // As behind a 101, which nobody asked for: Node ends that connection without a word, and a stop would wait for ever.
    request.on('close', () => {
      cancel();
      resolve(failure('unreachable', 'the connection was closed without an answer'));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      cancel();
      const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      resolve(isStale ? { stale: true } : failure('unreachable', messageOf(error)));
    });
    request.end();
  });
}

function readLines(response: IncomingMessage, take: TakeLine, clock: Clock): Promise<Failure | null> {
  return new Promise((resolve) => {
    const lines = new LineSplitter(MAX_LINE_BYTES);
    let cancel = () => {};
    const end = (result: Failure | null) => {
      cancel();
      resolve(result);
      response.destroy();
    };
    const rest = () => {
      cancel();
      cancel = clock.after(WATCH_SILENT_MS, () =>
        end(failure('silent', `no sign of life for ${WATCH_SILENT_MS / 1000} s`)),
      );
    };
    rest();
    response.on('data', (chunk: Buffer) => {
      const isShort = lines.push(chunk, (line) => {
        rest();
        if (take(line)) return true;
        end(null);
        return false;
      });
      if (!isShort) end(failure('bad_answer', `a line of more than ${MAX_LINE_BYTES} bytes`));
    });
    // W6: half a line is a lost connection, however politely it was closed.
    response.on('end', () =>
      end(lines.isWithinLine ? failure('unreachable', 'it ended within a line') : null),
    );
    response.on('error', (error) => end(failure('unreachable', messageOf(error))));
    response.on('close', () => end(failure('unreachable', 'the connection was lost')));
  });
}

function messageOf(error: unknown): string {
  return shown(error instanceof Error ? error.message : String(error));
}
