import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import { type Files, realFiles } from '../files.ts';
import { quoteText } from '../quote-text.ts';
import type { KubernetesAccess } from './access.ts';
import { createToken } from './credentials.ts';
import { type ApiFailure, failure, failureOfAnswer } from './failure.ts';
import { parseJson } from './json.ts';
import { createConcurrencyLimit } from './transport/concurrency-limit.ts';
import type { RequestKind } from './transport/connection.ts';
import { type ApiExchange, createConnections } from './transport/connections.ts';
import { readBody } from './transport/read-body.ts';
import { readLines } from './transport/read-lines.ts';

/** The result of a list. */
export type ListReply = { readonly object: unknown } | ApiFailure;

export interface WatchListener {
  /** The server has accepted the watch. */
  opened(): void;
  /** One line was received; returning false ends the watch. */
  line(text: string): boolean;
}

/** Requests to one API server. All watches with the same access share one client and its connections. */
export interface KubernetesClient {
  /** `https://10.96.0.1:443`, for a log. */
  readonly server: string;
  /** How often the server could not be reached so far. If the number has changed, another server may answer now. */
  readonly outages: number;
  /** GETs a list; `path` includes the query. Never rejects; an aborted request fails with `stopped`. */
  list(path: string, signal: AbortSignal): Promise<ListReply>;
  /** GETs a watch. Resolves when it has ended: null if the server or the listener ended it regularly. */
  watch(path: string, listener: WatchListener, signal: AbortSignal): Promise<ApiFailure | null>;
  /** Closes all connections. Watches must have been stopped before. */
  stop(): void;
}

export interface ClientOptions {
  readonly clock?: DiscoveryClock;
  readonly files?: Files;
  readonly random?: () => number;
}

/** Lists at the same time, so that a server that has just started is not asked for all of them at once. */
const MAX_LISTS = 8;

export function createKubernetesClient(
  access: KubernetesAccess,
  { clock = realClock, files = realFiles, random = Math.random }: ClientOptions = {},
): KubernetesClient {
  const connections = createConnections(access, files, clock, random);
  const token = access.token && createToken(access.token, files, clock);
  const base = access.url.pathname.replace(/\/+$/, '');
  const lists = createConcurrencyLimit(MAX_LISTS);

  /** Sends a GET. Resolves with the response if its status is 200; the caller reads the body. */
  async function send(
    path: string,
    kind: RequestKind,
    signal: AbortSignal,
  ): Promise<ApiExchange | ApiFailure> {
    const bearer = token?.current();
    if (bearer === null) return failure('unauthorized', 'the token file cannot be read or is empty');
    const headers = {
      accept: 'application/json',
      // W11: compression would delay the events of a watch.
      'accept-encoding': kind === 'list' ? 'gzip' : 'identity',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    };
    const sent = await connections.send(base + path, headers, kind, signal);
    if ('code' in sent) return sent;
    const { status, header } = sent.answer;
    if (status === 200) return sent;
    if (status === 401) token?.expire();
    const retryAfter = header('retry-after');
    const body = await readBody(sent, clock, signal);
    return failureOfAnswer(status, retryAfter, 'code' in body ? '' : body.toString('utf8'));
  }

  async function list(path: string, signal: AbortSignal): Promise<ListReply> {
    const sent = await send(path, 'list', signal);
    if ('code' in sent) return sent;
    const body = await readBody(sent, clock, signal);
    if ('code' in body) return body;
    const object = parseJson(body.toString('utf8'));
    return object === undefined ? failure('bad_answer', 'the list is not JSON') : { object };
  }

  return {
    server: access.url.origin,
    get outages() {
      return connections.outages;
    },
    async list(path, signal) {
      const reply = await lists.run(() => list(path, signal), signal);
      return reply ?? failure('stopped', 'the request was cancelled');
    },
    async watch(path, listener, signal) {
      const sent = await send(path, 'watch', signal);
      if ('code' in sent) return sent;
      const encoding = sent.answer.header('content-encoding') ?? 'identity';
      if (encoding !== 'identity') {
        sent.cancel();
        return failure(
          'bad_answer',
          `the watch is compressed (${quoteText(encoding)}), which was not requested`,
        );
      }
      listener.opened();
      return readLines(sent, (line) => listener.line(line), clock, signal);
    },
    stop: () => connections.stop(),
  };
}
